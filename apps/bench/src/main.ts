import { bench } from './bench';

process.exitCode = 1;
void bench(process.argv.slice(2)).then((code) => process.exit(code));
