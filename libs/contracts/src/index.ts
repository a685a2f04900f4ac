export * from './fault';
export * from './plan';
export * from './states';
export * from './events';
export * from './feed';
export * from './http';
export * from './jobs';
