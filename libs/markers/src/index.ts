export * from './events';
export * from './parser';
