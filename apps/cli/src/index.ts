export { commandLine } from './program';
