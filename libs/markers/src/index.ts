export * from './events';
export * from './parser';
export * from './prompts';
