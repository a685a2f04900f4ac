export { createBackplane, type BackplaneOptions } from './create-backplane';
export * from './ports';
