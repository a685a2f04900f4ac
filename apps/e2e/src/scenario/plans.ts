/** Plan documents for scenarios. The tag stands in every step's title, so that a script can tell the prompts of runs apart. */
export interface PlannedStep {
  readonly key: string;
  /** The script that verifies the step; absent: the project's command does. */
  readonly verify?: string;
  /** Paths that the step declares, with what the plan would have them hold. */
  readonly code?: Readonly<Record<string, string>>;
  readonly tests?: Readonly<Record<string, string>>;
  /** More markdown within the step. */
  readonly more?: string;
}

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text.replace(/\n?$/, '\n')}\`\`\`\n`;

const blocks = (label: string, files: Readonly<Record<string, string>> = {}): string =>
  Object.entries(files)
    .map(([path, text]) => `**${label}** (create \`${path}\`):\n${fence('js', text)}`)
    .join('\n');

const levelOf = (key: string): string => (/\d[a-z]$/.test(key) ? '####' : '###');

const stepText = (tag: string, { key, verify, code, tests, more }: PlannedStep): string =>
  [
    `${levelOf(key)} Step ${key}: ${tag} part ${key}`,
    `**Goal**: Part ${key} of ${tag}.`,
    blocks('Code', code),
    blocks('Tests', tests),
    more ?? '',
    verify === undefined ? '' : `**Verification**:\n${fence('bash', verify)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');

/** A plan in the template's form. `before` is markdown that stands ahead of the steps: prerequisites, for instance. */
export const planOf = (tag: string, steps: readonly PlannedStep[], before = ''): string =>
  [
    `# ${tag} Plan`,
    `## Overview\n\n| Attribute | Value |\n|-----------|-------|\n| **Name** | ${tag} |\n| **Proves** | What ${tag} says |`,
    before,
    '## Implementation Steps',
    ...steps.map((step) => stepText(tag, step)),
  ]
    .filter((part) => part !== '')
    .join('\n\n') + '\n';

/** A step that is verified by a file with the right word in it. */
export const fileStep = (key: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  key,
  verify: `grep -q good part-${key}.txt`,
  ...more,
});
