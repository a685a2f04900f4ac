import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const heading = (title: string): string => `# ${title} Plan\n\n## Implementation Steps\n`;

/** A step that creates a file and verifies that it is there. `ask` makes the scripted model ask first. */
export const step = (key: string, file: string, ask = false): string => `
### Step ${key}: Make ${file}

**Goal**: ${file} is there
${ask ? '\n<!-- offline-model: ask priority="1" text="What goes into it?" options="Apples|Pears" -->\n' : ''}
**Code** (create \`${file}\`):
\`\`\`
${ask ? '{{answer}}' : file}
\`\`\`

**Verification**:
\`\`\`bash
grep -q . ${file}
\`\`\`
`;

/** A step that can never pass: its model writes nothing. */
export const hopeless = (key: string): string => `
### Step ${key}: Make the impossible

**Goal**: it fails

**Verification**:
\`\`\`bash
exit 7
\`\`\`
`;

export function writePlan(folder: string, title: string, ...steps: readonly string[]): string {
  const file = join(folder, `${title.toLowerCase().replaceAll(' ', '-')}.md`);
  writeFileSync(file, heading(title) + steps.join(''));
  return file;
}

export function makeRepository(folder: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'README.md'), '# A repository\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'begin');
  return folder;
}
