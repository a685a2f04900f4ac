import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { put } from './rig';

const hookNames = [
  'post-checkout',
  'pre-commit',
  'post-commit',
  'post-index-change',
  'reference-transaction',
  'pre-push',
  'post-merge',
  'fsmonitor-watchman',
];

/** A program that leaves a line in the canary when it is carried out, and otherwise passes its input through. */
const program = (canary: string, what: string): string => `#!/bin/sh\necho ${what} >> '${canary}'\nexec cat\n`;

const plantedConfig = (programs: string): string => `[core]
	repositoryformatversion = 0
	bare = false
	hooksPath = ${programs}/hooks
	fsmonitor = ${programs}/fsmonitor
	editor = ${programs}/editor
	pager = ${programs}/pager
	sshCommand = ${programs}/ssh
	alternateRefsCommand = ${programs}/alternates
	attributesFile = ${programs}/attributes
	excludesFile = ${programs}/excludes
[filter "evil"]
	clean = ${programs}/clean
	smudge = ${programs}/smudge
	process = ${programs}/process
	required = true
[diff "evil"]
	command = ${programs}/diff
	textconv = ${programs}/textconv
[merge "evil"]
	driver = ${programs}/merge
[diff]
	external = ${programs}/external
[gpg]
	program = ${programs}/gpg
[commit]
	gpgSign = true
[alias]
	check-ignore = !${programs}/alias
[credential]
	helper = ${programs}/credential
[uploadpack]
	packObjectsHook = ${programs}/upload
`;

const programNames = [
  'fsmonitor',
  'editor',
  'pager',
  'ssh',
  'alternates',
  'clean',
  'smudge',
  'process',
  'diff',
  'textconv',
  'merge',
  'external',
  'gpg',
  'alias',
  'credential',
  'upload',
];

/** Puts every program that git could start into a folder, and gives the configuration that names them. */
export const plantPrograms = (folder: string, canary: string): string => {
  for (const name of programNames) put(folder, name, program(canary, name), 0o755);
  for (const name of hookNames) put(folder, `hooks/${name}`, program(canary, name), 0o755);
  put(folder, 'attributes', '* filter=evil diff=evil merge=evil\n');
  put(folder, 'excludes', '*\n');
  return plantedConfig(folder);
};

/** Makes an existing repository's `.git` as hostile as it can be. */
export const plantInto = (gitDir: string, canary: string): void => {
  mkdirSync(gitDir, { recursive: true });
  put(gitDir, 'config', plantPrograms(join(gitDir, 'planted'), canary));
  for (const name of hookNames) put(gitDir, `hooks/${name}`, program(canary, name), 0o755);
};

/** Attributes in a tree that ask for the planted filter. */
export const plantedAttributes =
  '* filter=evil diff=evil merge=evil text eol=crlf ident working-tree-encoding=UTF-16\n';
