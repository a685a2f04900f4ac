import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '@lockstep/contracts';
import type { Git } from '../git/git';
import { bytePath, type BytePath } from '../objects/paths';

/** Thrown inside a walk when what is being looked at is replaced meanwhile; the walk is done again. */
export class TreeMoved extends Error {
  override readonly name = 'TreeMoved';
}

export interface IgnorePlace {
  readonly git: Git;
  readonly gitDir: string;
  readonly tree: string;
}

const limitMs = 120_000;

/** check-ignore refuses literal pathspecs; a leading `./` keeps a name such as `:(top)` from being read as an expression. */
const plainPathspecs = ({ GIT_LITERAL_PATHSPECS: _, ...rest }: Record<string, string>): Record<string, string> => rest;

const start = ({ git, gitDir, tree }: IgnorePlace) =>
  execa('git', ['check-ignore', '--stdin', '-z', '--verbose', '--non-matching', '--no-index'], {
    env: plainPathspecs(git.environmentFor({ gitDir, workTree: tree, indexFile: `${gitDir}/no-index` })),
    extendEnv: false,
    cwd: tree,
    buffer: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    reject: false,
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });

interface Waiting {
  readonly left: number;
  readonly resolve: (ignored: Set<BytePath>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Asks git which paths `.gitignore` files leave out, through one `check-ignore` process per walk that is started with the
 * first question. Its repository is ours: the excludes come from the tree's `.gitignore` files (never through a symbolic
 * link), and configuration, hooks and nested repositories of the tree are not looked at.
 */
export class IgnoreOracle {
  private child: ReturnType<typeof start> | undefined;
  private waiting: Waiting | undefined;
  private ignored = new Set<BytePath>();
  private answered = 0;
  private rest = '';
  private fields: string[] = [];
  private complaint = '';
  /** Why no question is answered any more. */
  private ended: Error | undefined;

  constructor(private readonly place: IgnorePlace) {}

  /** Whether our repository leaves paths out by itself: where it doesn't, a path without a `.gitignore` above it is not ignored. */
  excludesOurselves(): boolean {
    const file = join(this.place.gitDir, 'info', 'exclude');
    if (!existsSync(file)) return false;
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.trim() !== '' && !line.startsWith('#'));
  }

  /** Which of these paths are ignored. One question at a time. @throws TreeMoved */
  ask(paths: readonly BytePath[]): Promise<Set<BytePath>> {
    if (paths.length === 0) return Promise.resolve(new Set());
    const child = (this.child ??= this.open());
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.ignored = new Set();
      this.answered = 0;
      this.waiting = { left: paths.length, resolve, reject };
      child.stdin.write(Buffer.from(paths.map((path) => `./${path}\0`).join(''), 'latin1'));
    });
  }

  /** Ends the process. Always called. */
  async close(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined) return;
    child.stdin.end();
    child.kill('SIGKILL');
    await child;
  }

  private open(): ReturnType<typeof start> {
    const child = start(this.place);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (bytes: Buffer) => this.take(bytes.toString('latin1')));
    child.stderr.on(
      'data',
      (bytes: Buffer) => (this.complaint = (this.complaint + bytes.toString('utf8')).slice(-2000)),
    );
    void child.then((result) => {
      const missing = result.code === 'ENOENT';
      this.ended = missing
        ? new Fault('git_failed', 'git could not be started. Install git 2.32 or later.')
        : new TreeMoved(this.complaint.trim());
      this.waiting?.reject(this.ended);
      this.waiting = undefined;
    });
    return child;
  }

  /** An answer is four fields: where the pattern stands, its line, the pattern, the path. */
  private take(text: string): void {
    const fields = (this.rest + text).split('\0');
    this.rest = fields.pop() ?? '';
    for (const field of fields) {
      this.fields.push(field);
      if (this.fields.length === 4) this.answer();
    }
  }

  private answer(): void {
    const [source = '', , pattern = '', path = ''] = this.fields;
    this.fields = [];
    if (source !== '' && !pattern.startsWith('!')) this.ignored.add(bytePath(path.slice(2)));
    this.answered += 1;
    if (this.waiting === undefined || this.answered < this.waiting.left) return;
    const { resolve } = this.waiting;
    this.waiting = undefined;
    resolve(this.ignored);
  }
}
