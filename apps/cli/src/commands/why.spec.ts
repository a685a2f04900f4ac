import { whyText } from './why';

const waiting = { for: 'slot', says: 'no executor is alive: start one', until: null, see: null } as const;

it.each([
  ['queued: no executor is alive: start one', { status: 'queued', reason: 'submitted', waiting }],
  ['failed: the branch is gone', { status: 'failed', reason: 'the branch is gone', waiting: null }],
  ['running', { status: 'running', reason: null, waiting: null }],
  ['paused: a bell  rings', { status: 'paused', reason: null, waiting: { ...waiting, says: 'a bell \u0007rings' } }],
] as const)('says %j', (expected, run) => {
  expect(whyText(run)).toBe(expected);
});
