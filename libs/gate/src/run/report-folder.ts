import { lstat, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const mostFiles = 200;
const mostBytes = 16 * 1024 * 1024;

/** A folder of its own per run of a command, so that a report read from it can only be of that run. */
export const openReportFolder = async (parent: string): Promise<string> => {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'report-'));
};

const appended = (present: string | undefined, extra: string): string => (present ? `${present} ${extra}` : extra);

const quoted = (path: string): string => `'${path.replaceAll("'", `'"'"'`)}'`;

/**
 * The environment with what makes runners report more, for those that take it from the environment without a change in what
 * they run: pytest, gotestsum and jest-junit write JUnit files; `go test` names its tests and runs them instead of quoting
 * its cache. NODE_OPTIONS stays alone: every node process would take it, the tests' own children included.
 * A script that sets one of these variables itself has its way.
 */
export const withReports = (env: Readonly<Record<string, string>>, folder: string): Record<string, string> => ({
  ...env,
  LOCKSTEP_REPORT_DIR: folder,
  PYTEST_ADDOPTS: appended(env['PYTEST_ADDOPTS'], `--junitxml=${quoted(join(folder, 'pytest.xml'))}`),
  GOFLAGS: appended(env['GOFLAGS'], '-v -count=1'),
  GOTESTSUM_JUNITFILE: join(folder, 'gotestsum.xml'),
  JEST_JUNIT_OUTPUT_DIR: folder,
});

const readOne = async (path: string): Promise<string[]> => {
  const entry = await lstat(path);
  // A link would let the code under test choose which file is read.
  return entry.isFile() && entry.size <= mostBytes ? [await readFile(path, 'utf8')] : [];
};

/** The XML files of a report folder, in order of their names; what can't be read is left out. */
export const readReportFolder = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => []);
  const wanted = names
    .filter((name) => name.endsWith('.xml'))
    .sort()
    .slice(0, mostFiles);
  const read = await Promise.all(wanted.map((name) => readOne(join(folder, name)).catch(() => [])));
  return read.flat();
};
