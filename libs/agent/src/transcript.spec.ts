import { isResumable, localTranscript, portableTranscript } from './transcript';

const line = (cwd: string): string => `${JSON.stringify({ cwd, message: `wrote ${cwd}/tree/a "b".js` })}\n`;

describe('a transcript that moves to another machine', () => {
  it('names the folder of the machine that it is on', () => {
    const kept = portableTranscript(Buffer.from(line('/here/runs/1')), '/here/runs/1');
    expect(kept.toString()).not.toContain('/here');
    expect(localTranscript(kept, '/there/is more/runs/1').toString()).toBe(line('/there/is more/runs/1'));
  });

  it('comes back as it was', () => {
    const text = line('/here/runs/ü"1') + line('/elsewhere');
    expect(localTranscript(portableTranscript(Buffer.from(text), '/here/runs/ü"1'), '/here/runs/ü"1').toString()).toBe(
      text,
    );
  });

  it('leaves bytes alone in which no folder stands', () => {
    const bytes = Buffer.from([0xff, 0x0a]);
    expect(portableTranscript(bytes, '/here')).toBe(bytes);
  });
});

describe('a transcript can be resumed', () => {
  it.each([
    ['', false],
    ['{"type":"queue-operation","content":"\\"type\\":\\"user\\""}\n', false],
    ['null\nnot json\n{"message":{"type":"user"}}\n', false],
    ['{"type":"queue-operation"}\n{"message":{"role":"user"},"type":"user"}\n{"type":"assistant"}\n', true],
  ])('%j: %s', (text, resumable) => {
    expect(isResumable(Buffer.from(text))).toBe(resumable);
  });
});
