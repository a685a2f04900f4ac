import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { probeClaude } from '@lockstep/agent';
import { createClient, printable } from '@lockstep/client';
import { openDatabase } from '@lockstep/database';
import {
  clientSettings,
  devSettings,
  executorSettings,
  hostEnvironment,
  processEnvironment,
  readConfig,
  type DevConfig,
} from '@lockstep/runtime';
import { isolationTier } from '@lockstep/supervise';
import { isScripted } from '../dev/dev-server';
import { makesEmbedded } from '../dev/storage';
import { exitCodes } from '../exit-code';
import { findServer } from '../server/connect';
import { livingServers } from '../server/registry';
import { jsonLine, type Terminal } from '../terminal';
import type { JsonFlag } from './runs';

/** `note`: works, with something to know. */
interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'fail';
  readonly detail: string;
}

type Check = () => Promise<Omit<Finding, 'check'>>;

const ok = (detail: string): Omit<Finding, 'check'> => ({ state: 'ok', detail });
const note = (detail: string): Omit<Finding, 'check'> => ({ state: 'note', detail });

/** Looks at everything that a run on this machine needs; 1 when something is missing. Changes nothing. */
export async function doctorCommand({ json }: JsonFlag, terminal: Terminal): Promise<number> {
  const findings = await Promise.all(Object.entries(checks()).map(([name, check]) => find(name, check)));
  for (const finding of findings) terminal.out(json ? jsonLine(finding) : lineOf(finding));
  return findings.some(({ state }) => state === 'fail') ? exitCodes.failed : exitCodes.completed;
}

const lineOf = ({ check, state, detail }: Finding): string =>
  `${{ ok: '✅', note: '⏺ ', fail: '❌' }[state]} ${check.padEnd(10)} ${printable(detail)}\n`;

async function find(check: string, look: Check): Promise<Finding> {
  try {
    return { check, ...(await look()) };
  } catch (error) {
    return { check, state: 'fail', detail: error instanceof Error ? error.message : String(error) };
  }
}

function checks(): Record<string, Check> {
  const config = readConfig(devSettings);
  return {
    node: async () => checkNode(process.versions.node),
    git: checkGit,
    claude: checkClaude,
    postgres: () => checkPostgres(config),
    model: async () =>
      isScripted(config)
        ? note(
            'scripted: no ANTHROPIC_API_KEY and no ANTHROPIC_BASE_URL, so only code that a plan contains is carried out',
          )
        : ok(config.anthropicBaseUrl ?? 'the public API, with your key'),
    isolation: async () => {
      const { tier, detail } = await isolationTier();
      return tier === 'none' ? note(`none: ${detail}`) : ok(`${tier}: ${detail}`);
    },
    server: checkServer,
  };
}

export function checkNode(version: string): Omit<Finding, 'check'> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok(version);
  throw new Error(`${version} is too old: install Node 20.19 or later.`);
}

async function checkGit() {
  const { stdout } = await promisify(execFile)('git', ['--version'], { env: hostEnvironment() }).catch(() => {
    throw new Error('git was not found. Install it, for instance with `apt-get install git`.');
  });
  return ok(stdout.trim());
}

async function checkClaude() {
  // The other settings of an executor are looked at when one starts.
  const { claudeBin } = readConfig({ ...executorSettings, fields: claudeField, rules: [] }, processEnvironment());
  const { bin, version } = await probeClaude(claudeBin);
  return ok(`${version} at ${bin}`);
}

const claudeField = { claudeBin: executorSettings.fields.claudeBin };

async function checkPostgres({ databaseUrl }: DevConfig) {
  if (databaseUrl === undefined) return ok(`embedded, from ${makesEmbedded()}`);
  const database = openDatabase({ url: databaseUrl, poolSize: 1 });
  try {
    await database.ping();
    return ok('DATABASE_URL answers');
  } finally {
    await database.stop();
  }
}

async function checkServer() {
  const config = readConfig(clientSettings);
  const servers = livingServers();
  if (config.url === undefined && servers.length === 0) return note('none runs here: start one with `lockstep dev`');
  const address = findServer(config, servers);
  await createClient(address).projects.list();
  return ok(`${address.url} answers and takes the token`);
}
