export * from './fault';
export * from './plan';
