import { faultCodes, type FaultCode } from '@lockstep/contracts';
import { z } from 'zod';
import type { Answer, Operation } from '../http/operation';
import { bodyNames, resourceNames } from './names';

/** A route as Nest has it: `path` with `:name` parameters. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: string;
  readonly operation: Operation;
}

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): string => `#/components/schemas/${name}`;

/** The API as OpenAPI 3.1, made from the very schemas that check it. */
export function openApiDocument(routes: readonly Route[]): Json {
  const names = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationObject(route, names) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lockstep',
      version: '1',
      description: 'Carries out approved software plans with Claude Code, one verified step at a time.',
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: names.all(),
    },
  };
}

/** Named schemas stand once under components; others stand where they are used, and point at the named ones within them. */
class Schemas {
  private readonly outputs = z.registry<{ id: string }>();
  private readonly inputs = z.registry<{ id: string }>();
  private readonly outputNames = new Map<z.ZodType, string>(resourceNames);
  private readonly inputNames = new Map<z.ZodType, string>(bodyNames);

  response(schema: z.ZodType, fallback: string): Json {
    return { $ref: ref(named(this.outputNames, schema, fallback)) };
  }

  body(schema: z.ZodType, fallback: string): Json {
    return { $ref: ref(named(this.inputNames, schema, fallback)) };
  }

  /** Also for query parameters, which are texts: what a text becomes is not the client's business. */
  inline(schema: z.ZodType): Json {
    return stripped(z.toJSONSchema(schema, { io: 'input' }) as Json);
  }

  all(): Json {
    this.outputNames.forEach((id, schema) => this.outputs.add(schema, { id }));
    this.inputNames.forEach((id, schema) => this.inputs.add(schema, { id }));
    const outputs = z.toJSONSchema(this.outputs, { uri: ref }).schemas as Record<string, Json>;
    const inputs = z.toJSONSchema(this.inputs, { uri: ref, io: 'input' }).schemas as Record<string, Json>;
    const both = Object.entries({ ...outputs, ...inputs });
    return Object.fromEntries(both.map(([name, schema]) => [name, stripped(schema)]));
  }
}

function named(names: Map<z.ZodType, string>, schema: z.ZodType, fallback: string): string {
  const name = names.get(schema) ?? fallback;
  names.set(schema, name);
  return name;
}

const stripped = ({ $id: _id, $schema: _schema, ...schema }: Json): Json => schema;

function operationObject({ method, path, handler, operation }: Route, schemas: Schemas): Json {
  const { summary, body } = operation;
  const name = handler[0]?.toUpperCase() + handler.slice(1);
  return {
    operationId: handler,
    summary,
    security: needsToken(path) ? [{ bearer: [] }] : [],
    parameters: [...pathParameters(path), ...headerParameters(method, path), ...queryParameters(operation, schemas)],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemas.body(body, `${name}Body`) } } },
    }),
    responses: { ...successes(operation, name, schemas), ...problemResponses(method, path, operation) },
  };
}

const needsToken = (path: string): boolean => path.startsWith('/v1/');

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'id' ? { type: 'string', format: 'uuid' } : { type: 'string' },
  }));

const headerParameters = (method: string, path: string): Json[] => {
  const header = (name: string, description: string): Json => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', maxLength: 200 },
  });
  if (method === 'post') return [header('Idempotency-Key', 'The same key with the same request is carried out once.')];
  return path.endsWith('/stream') ? [header('Last-Event-ID', 'The id of the last event that came.')] : [];
};

function queryParameters({ query }: Operation, schemas: Schemas): Json[] {
  if (!query) return [];
  const { properties = {} } = schemas.inline(query) as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function successes({ ok }: Operation, name: string, schemas: Schemas): Json {
  const content = (answer: Answer): Json =>
    'media' in answer
      ? { description: answer.says, content: { [answer.media]: { schema: { type: 'string' } } } }
      : { description: 'OK', content: { 'application/json': { schema: schemas.response(answer, `${name}Answer`) } } };
  return Object.fromEntries(Object.entries(ok).map(([status, answer]) => [status, content(answer)]));
}

/** Codes that any route may answer with. */
function commonCodes(method: string, path: string): FaultCode[] {
  if (!needsToken(path)) return ['internal'];
  const always: FaultCode[] = ['bad_request', 'unauthenticated', 'internal', 'database_unavailable'];
  const posts: FaultCode[] = [
    'invalid_body',
    'payload_too_large',
    'unsupported_media_type',
    'idempotency_mismatch',
    'stale_transition',
  ];
  return method === 'post' ? [...always, ...posts] : always;
}

function problemResponses(method: string, path: string, { problems = [], ok }: Operation): Json {
  const codes = [...new Set([...problems, ...commonCodes(method, path)])];
  const statuses = [...new Set(codes.map((code) => faultCodes[code].status))].filter((status) => !(status in ok));
  const responses = statuses.map((status) => {
    const of = codes.filter((code) => faultCodes[code].status === status);
    return [status, { description: of.map(describe).join('; '), content: problemContent(of) }] as const;
  });
  return Object.fromEntries(responses);
}

const describe = (code: FaultCode): string => `\`${code}\`: ${faultCodes[code].title}`;

const problemContent = (codes: readonly FaultCode[]): Json => ({
  'application/problem+json': {
    schema: { allOf: [{ $ref: ref('Problem') }, { properties: { code: { enum: [...codes] } } }] },
  },
});
