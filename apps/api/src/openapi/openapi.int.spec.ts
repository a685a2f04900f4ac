import { Controller, Get } from '@nestjs/common';
import { read, startApi, type ApiUnderTest } from '../testing/api-under-test';
import { newRun } from '../testing/fixtures';
import { routesOf } from './routes';

interface Schema {
  readonly $ref?: string;
  readonly [key: string]: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly security: unknown[];
  readonly parameters: { name: string; in: string }[];
  readonly requestBody?: { content: { 'application/json': { schema: Schema } } };
  readonly responses: Record<string, { description: string; content: Record<string, { schema: Schema }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, Schema> };
}

let under: ApiUnderTest;
let document: Document;
beforeAll(async () => {
  under = await startApi();
  document = (await read<Document>(await fetch(`${under.api.url}/openapi.json`))).body;
});
afterAll(() => under.stop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('/openapi.json', () => {
  it('tells of every route that the server has, and of no other', () => {
    const told = operations().map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(told.sort()).toEqual([...under.api.routes].sort());
    expect(told.length).toBeGreaterThan(30);
  });

  it('is OpenAPI 3.1 whose references all lead somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '');
    expect(references.length).toBeGreaterThan(100);
    for (const target of references) {
      expect(target).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(document.components.schemas).toHaveProperty([target.split('/')[3] ?? '']);
    }
  });

  it('gives every operation an id of its own, its parameters and its problems', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(
        named,
      );
      if (path.startsWith('/v1/'))
        expect([operation.security.length, operation.responses['401']?.description]).toEqual([
          1,
          expect.stringContaining('unauthenticated'),
        ]);
    }
  });

  it('has the bodies as they are asked for and the answers as they are given', () => {
    const { schemas } = document.components;
    expect(schemas['CreateProject']).toMatchObject({ required: ['name', 'repository'], additionalProperties: false });
    expect(schemas['Project']?.['required']).toEqual(expect.arrayContaining(['id', 'settings', 'base']));
    const submit = document.paths['/v1/plans']?.['post'];
    expect(submit?.requestBody?.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/SubmitPlan',
    });
    for (const path of ['/v1/runs/{id}/resume', '/v1/runs/{id}/steps/{key}/retry', '/v1/plans/{id}/approve'])
      expect(document.paths[path]?.['post']?.responses).toHaveProperty('410');
    expect(Object.keys(submit?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '201', '404', '413', '415', '422']),
    );
    expect(submit?.responses['422']?.description).toContain('no_verification');
  });

  it('names a shape once, wherever it is used', () => {
    expect(document.components.schemas['RunList']).toMatchObject({
      properties: { data: { items: { $ref: '#/components/schemas/Run' } } },
    });
  });

  it('describes what is answered', async () => {
    const run = await newRun(under, await under.client());
    const described = document.components.schemas['Run'] as { properties: object; required: string[] };
    expect(Object.keys(run).sort()).toEqual(Object.keys(described.properties).sort());
    expect(described.required.filter((key) => !(key in run))).toEqual([]);
  });

  it('cannot leave a route out: one without a description does not start', () => {
    @Controller('x')
    class Forgetful {
      @Get()
      read() {
        return 1;
      }
    }
    expect(() => routesOf(Forgetful)).toThrow('Forgetful.read has no @Describe');
  });
});
