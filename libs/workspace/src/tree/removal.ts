import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { Slices } from './slices';
import { removeTree } from './writer';

/** The system takes paths of 4,096 bytes; whoever goes down step by step makes deeper folders than that. */
const longestPath = 2_000;

const within = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name]);

/** Removes a folder in slices, following no symbolic link. What lies too deep to be named is moved up first. */
class Removal {
  private readonly slices = new Slices();
  private moved = 0;

  constructor(private readonly top: Buffer) {}

  async run(): Promise<void> {
    let before: number;
    do {
      before = this.moved;
      await this.empty(this.top);
    } while (this.moved > before);
    rmdirSync(this.top);
  }

  private async empty(folder: Buffer): Promise<void> {
    chmodSync(folder, 0o700);
    for (const name of readdirSync(folder, { encoding: 'buffer' }) as unknown as Buffer[]) {
      const path = within(folder, name);
      if (!lstatSync(path).isDirectory()) unlinkSync(path);
      else if (path.length > longestPath) this.moveUp(path);
      else {
        await this.empty(path);
        rmdirSync(path);
      }
      if (this.slices.isOver) await this.slices.rest();
    }
  }

  private moveUp(path: Buffer): void {
    chmodSync(path, 0o700);
    this.moved += 1;
    renameSync(path, within(this.top, Buffer.from(`.deep-${this.moved}-${process.hrtime.bigint()}`)));
  }
}

/**
 * Removes whatever is there, for what may hold very many files, such as installed dependencies, and nobody uses any more: leases of other
 * runs are renewed meanwhile.
 */
export const removeInSlices = async (path: string): Promise<void> => {
  try {
    if (lstatSync(path).isDirectory()) await new Removal(Buffer.from(path, 'utf8')).run();
  } catch {
    // Somebody else removes it, too, or has rights that we lack: what is left is removed in one go, or says why not.
  }
  removeTree(path);
};
