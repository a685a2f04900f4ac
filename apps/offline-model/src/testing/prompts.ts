export interface PromptOptions {
  readonly step?: string;
  readonly kind?: string;
  readonly attempt?: number;
  readonly fix?: number;
  /** What follows the step's section. */
  readonly after?: string;
}

const turnLine = ({ step = '1', kind = 'step', attempt = 1, fix = 0 }: PromptOptions): string =>
  `[LOCKSTEP_TURN kind="${kind}" step="${step}" attempt="${attempt}" fix="${fix}"]`;

/** A prompt with a step's section as Lockstep sends it. */
export const stepPrompt = (section: string, options: PromptOptions = {}): string =>
  [
    turnLine(options),
    'Carry out this step.',
    `<step key="${options.step ?? '1'}">\n\`\`\`\`\`markdown\n${section}\n\`\`\`\`\`\n</step>`,
    '### What the gate will check\n\n```bash\nexit 1\n```',
    options.after ?? '',
  ].join('\n\n');

/** A prompt whose step stands in a file. */
export const filePrompt = (file: string, options: PromptOptions = {}): string =>
  `${turnLine(options)}\n\nRead the step.\n\n<step key="${options.step ?? '1'}" file="${file}">\n</step>\n`;
