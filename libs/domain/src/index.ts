export * from './branch';
export * from './closing-question';
export * from './decisions';
export * from './moves';
export * from './progress';
