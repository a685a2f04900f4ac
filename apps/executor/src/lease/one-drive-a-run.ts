import type { JobName } from '@lockstep/contracts';

interface Drive {
  /** The job that rang while the run was being driven. */
  again: JobName | null;
}

/**
 * Two drives of one run in one process would share its workspace: the one that has lost its lease winds down while the other one begins.
 * A bell that rings meanwhile is remembered, takes no slot, and is heard when the drive has ended.
 */
export class OneDriveARun {
  private readonly drives = new Map<string, Drive>();

  /** Resolves at once when the run is being driven already: whoever drives it hears the bell. */
  async drive(runId: string, job: JobName, work: (job: JobName) => Promise<void>): Promise<void> {
    const current = this.drives.get(runId);
    if (current) {
      current.again = job;
      return;
    }
    const drive: Drive = { again: job };
    this.drives.set(runId, drive);
    try {
      for (let next: JobName | null = job; next !== null; next = drive.again) {
        drive.again = null;
        await work(next);
      }
    } finally {
      this.drives.delete(runId);
    }
  }
}
