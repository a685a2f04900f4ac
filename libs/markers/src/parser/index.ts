export { createMarkerParser, type MarkerParser } from './parser';
