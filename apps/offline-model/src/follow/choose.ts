import { type TurnHeader } from '../messages/turn-header';
import { type StepBlock } from './blocks';

const fixOf = (block: StepBlock): number | undefined =>
  block.only && 'fix' in block.only ? block.only.fix : undefined;

/**
 * The blocks for one turn. On a fix turn: those marked for it alone; when there are none, everything once more, with the
 * version of the latest earlier fix where a file has one. Otherwise those without a mark and those of this attempt.
 */
export function chooseBlocks(
  blocks: readonly StepBlock[],
  { attempt, fix }: Pick<TurnHeader, 'attempt' | 'fix'>,
): StepBlock[] {
  if (fix === 0)
    return blocks.filter(({ only }) => !only || ('attempt' in only && only.attempt === attempt)).map(joined);
  const marked = blocks.filter((block) => fixOf(block) === fix);
  return (marked.length > 0 ? marked : everythingAgain(blocks, fix)).map(joined);
}

function everythingAgain(blocks: readonly StepBlock[], fix: number): StepBlock[] {
  const earlier = blocks.filter((block) => (fixOf(block) ?? fix) < fix);
  const latest = Math.max(0, ...earlier.map((block) => fixOf(block) ?? 0));
  const mended = earlier.filter((block) => fixOf(block) === latest);
  const paths = new Set(mended.filter(({ do: what }) => what === 'write').map(({ path }) => path));
  return [...blocks.filter(({ only, path }) => !only && !paths.has(path)), ...mended];
}

/**
 * Blocks under one label are pieces of one file. The first may create it and the others are added to it; pieces of an update
 * are fragments of which none may replace the file.
 */
function joined(block: StepBlock, _index: number, chosen: readonly StepBlock[]): StepBlock {
  const pieces = chosen.filter(({ group, path }) => group === block.group && path === block.path);
  const isFragment = pieces.length > 1 && (block.action === 'update' || pieces[0] !== block);
  return isFragment && block.do === 'write' ? { ...block, action: 'append' } : block;
}
