export * from './arguments';
export * from './binary';
export * from './environment';
