export { createClient, type Client, type ClientOptions } from './create-client';
export type { CallOptions } from './rest/http';
export { isProblem, ProblemError } from './rest/problem-error';
export type { EventsFrom, OutputFrom, Page, RunFilter } from './rest/runs';
