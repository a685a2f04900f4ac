import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { operationOf } from '../http/operation';
import type { Route } from './document';

/** The routes of a controller, read from Nest's own decorators: one without @Describe is our bug and throws. */
export function routesOf(controller: Type): Route[] {
  const base = String(Reflect.getMetadata(PATH_METADATA, controller) ?? '');
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const operation = operationOf(handler);
    if (!operation)
      throw new Error(`${controller.name}.${name} has no @Describe, so /openapi.json would not tell of it`);
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? 'GET';
    const path = joined(base, String(Reflect.getMetadata(PATH_METADATA, handler) ?? ''));
    return [{ method: method.toLowerCase(), path, handler: operationId(controller, name), operation }];
  });
}

const joined = (...parts: readonly string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;

/** `RunsController.find` → `runsFind`. */
const operationId = ({ name }: Type, handler: string): string => {
  const feature = name.replace(/Controller$/, '');
  return `${feature[0]?.toLowerCase()}${feature.slice(1)}${handler[0]?.toUpperCase()}${handler.slice(1)}`;
};
