import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './repository';
import { bash, complete, easy, good, turnOf } from './scenario/model';
import { fileStep, planOf } from './scenario/plans';
import { describeScenarios } from './scenario/describe-scenarios';
import type { Scenario, Seen } from './scenario/scenario';
import { expectCommitsToVerify } from './verify-history';

const outside = mkdtempSync(join(tmpdir(), 'lockstep-e2e-hostile-'));
const canary = join(outside, 'ran');

/** Whatever of the planted programs git runs on Lockstep's side leaves a line with its name. */
const program = (name: string): string =>
  `printf '#!/bin/sh\\necho ${name} >> ${canary}\\ncat\\n' > planted/${name} && chmod +x planted/${name}`;

const plant = [
  'mkdir -p planted .git/hooks',
  program('hook'),
  program('filter'),
  program('fsmonitor'),
  'for hook in pre-commit post-commit commit-msg post-checkout post-index-change reference-transaction pre-push update post-receive; do cp planted/hook .git/hooks/$hook; done',
  'git config core.hooksPath "$PWD/planted"; git config core.fsmonitor "$PWD/planted/fsmonitor"',
  'git config filter.evil.clean "$PWD/planted/filter"; git config filter.evil.smudge "$PWD/planted/filter"; git config filter.evil.process "$PWD/planted/filter"',
  'echo "* filter=evil" > .gitattributes; cp .gitattributes .git/info/attributes',
  'mkdir nested && git -C nested init -q && cp .git/config nested/.git/config && cp -r .git/hooks nested/.git/ && echo inner > nested/inner.txt',
  `rm -f ${canary}`,
].join('\n');

const agentCommits =
  'git add -A; git stash; git stash pop; echo two > other.txt; git add other.txt; git -c core.hooksPath=/dev/null -c core.fsmonitor= commit -q -m "By the agent"; git checkout -q -b mine; git tag mine-1';

/** Outlives its turn in a session of its own, and would write while the gate looks and after it. */
const lateWriter =
  "setsid bash -c 'while :; do echo late > late.txt; echo bad > part-1.txt; sleep 0.05; done' >/dev/null 2>&1 < /dev/null & sleep 0.2; echo good > part-1.txt";

const pathsOf = ({ repository, ended }: Seen): string[] =>
  git(repository, 'ls-tree', '-r', '--name-only', ended.branch).split('\n');

const scenarios: Scenario[] = [
  {
    tag: 'planted',
    plan: planOf('planted', [fileStep('1'), fileStep('2')]),
    turns: [
      turnOf('1', 'step', good('1'), bash(plant), complete('1')),
      turnOf('2', 'step', good('2'), bash(plant), complete('2')),
    ],
    expected: { status: 'completed', commits: ['1', '2', null], warnings: ['nested_repository'] },
    also: async (seen) => {
      expect(existsSync(canary) ? readFileSync(canary, 'utf8') : '').toBe('');
      expect(pathsOf(seen)).not.toContain('nested/inner.txt');
      await expectCommitsToVerify(seen, ['grep -q good part-1.txt']);
    },
  },
  {
    tag: 'committing',
    plan: planOf('committing', [fileStep('1'), fileStep('2')]),
    turns: [turnOf('1', 'step', good('1'), bash(agentCommits), complete('1')), easy('2')],
    expected: { status: 'completed', commits: ['1', '2', null] },
    also: async (seen) => {
      expect(git(seen.repository, 'log', '--format=%an', `main..${seen.ended.branch}`).split('\n')).toEqual([
        'Lockstep',
        'Lockstep',
        'Lockstep',
      ]);
      expect(git(seen.repository, 'tag')).toBe('');
      expect(git(seen.repository, 'branch', '--format=%(refname:short)').split('\n').sort()).toEqual(
        [seen.ended.branch, 'main'].sort(),
      );
      expect(pathsOf(seen)).toContain('other.txt');
      await expectCommitsToVerify(seen, ['grep -q good part-1.txt']);
    },
  },
  {
    tag: 'late-writer',
    plan: planOf('late-writer', [
      fileStep('1', { verify: 'sleep 0.5; grep -q good part-1.txt && test ! -e late-again.txt' }),
      fileStep('2'),
    ]),
    turns: [
      turnOf('1', 'step', bash(lateWriter), bash('echo good > part-1.txt; rm -f late.txt'), complete('1')),
      turnOf('1', 'fix', good('1'), complete('1')),
      easy('2'),
    ],
    expected: { status: 'completed', commits: ['1', '2', null], warnings: ['processes_ended'] },
    also: (seen) => expectCommitsToVerify(seen, ['grep -q good part-1.txt']),
  },
  {
    tag: 'leaving-check',
    plan: planOf('leaving-check', [
      fileStep('1', {
        verify:
          "grep -q good part-1.txt; setsid bash -c 'sleep 1; echo late > from-check.txt' >/dev/null 2>&1 & echo made > made.txt",
      }),
      fileStep('2', { verify: 'sleep 1.5; test ! -e from-check.txt && grep -q good part-2.txt' }),
    ]),
    turns: [easy('1'), easy('2')],
    expected: { status: 'completed', commits: ['1', '2', null] },
    also: (seen) => {
      expect(pathsOf(seen)).not.toContain('made.txt');
      expect(pathsOf(seen)).not.toContain('from-check.txt');
    },
  },
  {
    tag: 'planted-texts',
    plan: planOf('planted-texts', [fileStep('1'), fileStep('2')]),
    files: { 'victim.txt': 'untouched\n' },
    turns: [
      turnOf(
        '1',
        'step',
        good('1'),
        bash('for f in plan.md step.md; do rm -f ../home/$f; ln -s "$PWD/victim.txt" ../home/$f; done'),
        complete('1'),
      ),
      easy('2'),
    ],
    expected: { status: 'completed', commits: ['1', '2', null] },
    also: ({ repository, ended }) => expect(git(repository, 'show', `${ended.branch}:victim.txt`)).toBe('untouched'),
  },
];

describeScenarios({
  title: 'a hostile agent',
  scenarios,
  tidy: () => rmSync(outside, { recursive: true, force: true }),
});
