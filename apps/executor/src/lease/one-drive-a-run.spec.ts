import { OneDriveARun } from './one-drive-a-run';

/** A drive that goes on until it is told to end. */
const gate = () => {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
};

describe('drives of one run', () => {
  it('follow each other, and a bell in between takes no slot', async () => {
    const drives = new OneDriveARun();
    const seen: string[] = [];
    const first = gate();
    const driving = drives.drive('run', 'stage.implementation', async (job) => {
      seen.push(`begins ${job}`);
      await first.passed;
      seen.push(`ends ${job}`);
    });
    await drives.drive('run', 'stage.delivery', () => Promise.reject(new Error('two drives at once')));
    expect(seen).toEqual(['begins stage.implementation']);
    first.open();
    await driving;
    expect(seen).toEqual([
      'begins stage.implementation',
      'ends stage.implementation',
      'begins stage.delivery',
      'ends stage.delivery',
    ]);
  });

  it('of different runs do not wait for each other', async () => {
    const drives = new OneDriveARun();
    const first = gate();
    const driving = drives.drive('one', 'stage.implementation', () => first.passed);
    let other = false;
    await drives.drive('two', 'stage.implementation', async () => void (other = true));
    expect(other).toBe(true);
    first.open();
    await driving;
  });

  it('can begin again after one that failed', async () => {
    const drives = new OneDriveARun();
    const broken = drives.drive('run', 'stage.delivery', () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    let begun = 0;
    await drives.drive('run', 'stage.delivery', async () => void begun++);
    expect(begun).toBe(1);
  });
});
