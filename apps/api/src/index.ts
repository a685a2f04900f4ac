export { createApi, type Api, type ApiParts } from './api';
export type { ApiOptions } from './parts';
