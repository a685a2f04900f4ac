export { createClient, type Client, type ClientOptions } from './create-client';
export type { RunSnapshot } from './feed/delivery';
export type { FollowOptions } from './feed/follow-run';
export type { CallOptions } from './rest/http';
export { isProblem, ProblemError } from './rest/problem-error';
export type { EventsFrom, OutputFrom, Page, RunFilter } from './rest/runs';
export { countsText, eventLine, printable, renderSteps } from './view/render';
export { dataOf, stepOf, viewOf, withEvent, withSteps, type RunView, type StepView } from './view/run-view';
