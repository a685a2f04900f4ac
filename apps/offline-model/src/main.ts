import { parseArgs } from 'node:util';
import { Fault, isFault } from '@lockstep/contracts';
import { readScriptFile } from './script/read';
import { startOfflineModel, type OfflineModel, type OfflineModelOptions } from './server/start';

const usage = 'offline-model --mode follow|script [--port 0] [--script FILE] [--exit-with-stdin]';

interface Arguments extends OfflineModelOptions {
  readonly exitWithStdin: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  const { values } = parse(args);
  const { mode, port } = values;
  if (mode !== 'follow' && mode !== 'script')
    throw new Fault('config_invalid', `--mode is follow or script. Usage: ${usage}`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new Fault('config_invalid', `--port is 0 to 65535, not ${port}.`);
  if (mode === 'follow' && values.script) throw new Fault('config_invalid', '--script belongs to --mode script.');
  const script = values.script ? { script: readScriptFile(values.script) } : {};
  return { mode, port: Number(port), ...script, exitWithStdin: values['exit-with-stdin'] };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        mode: { type: 'string' },
        port: { type: 'string', default: '0' },
        script: { type: 'string' },
        'exit-with-stdin': { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new Fault('config_invalid', `${cause instanceof Error ? cause.message : String(cause)}. Usage: ${usage}`);
  }
}

/** Without a stop of our own a parent that was killed would leave the server behind. */
function endWith(model: OfflineModel, exitWithStdin: boolean): void {
  const end = (): void => void model.stop().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (exitWithStdin) process.stdin.once('end', end).once('close', end).resume();
}

async function main(): Promise<void> {
  const { exitWithStdin, ...options } = readArguments(process.argv.slice(2));
  const model = await startOfflineModel(options);
  endWith(model, exitWithStdin);
  process.stdout.write(`${JSON.stringify({ url: model.url, mode: options.mode, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${isFault(error) ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
