export * from './branch';
export * from './budget';
export * from './budget-words';
export * from './closing-question';
export * from './credential';
export * from './decisions';
export * from './moves';
export * from './progress';
