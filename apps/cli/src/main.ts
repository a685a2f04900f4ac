import { commandLine } from './program';
import { processTerminal } from './terminal';

void commandLine(process.argv.slice(2), processTerminal()).then((code) => {
  process.exitCode = code;
});
