import { codeSpans } from '../markdown/text';
import { mayBeInferred } from '../steps/harmless';
import { looksLikeCommand } from '../steps/scripts';

/** Stands for the command in the sentence around it. */
const mark = '\u0000';

const passes =
  /\u0000\W{0,3}\s*(?:(?:still|now|all|also|must|should|will|command|script|suite)\s+)*(?:pass(?:es)?|succeeds?|works?|(?:is|are|stays?) (?:green|clean)|runs? (?:clean(?:ly)?|green)|(?:exits?|returns?) (?:with )?(?:code |status )?0|reports? (?:no|zero|0) (?:errors?|failures?|warnings?|problems?|issues?)|(?:completes?|finishes|builds?|compiles?) (?:successfully|without (?:errors?|warnings?)|clean(?:ly)?))\b/i;

const alone = /^\W*\u0000(?:\W*|\W+expected\s*:.*)$/i;

const hedged = /\b(?:not|never|no longer|cannot|neither|unless|only if|when|if|while|until|instead)\b|n['’]t\b/i;

/** What reaches for what a checkout lacks, or passes whatever the sentence claims. */
const unfit = /\binstall\b|^(?:curl|wget|docker|docker-compose|podman|psql|mysql|redis-cli|gh|cd)\b/;

/**
 * Commands that a sentence evidently claims to pass: "`npm test` passes", or nothing but the command. A sentence that only mentions one
 * ("`status` shows a table when …") claims something else, which running the command does not show.
 */
export function claimedCommands(text: string): string[] {
  const spans = codeSpans(text).filter((span) => looksLikeCommand(span) && mayBeInferred(span) && !unfit.test(span));
  return spans.filter((span) => {
    const around = text.replaceAll('\u0000', ' ').replace(new RegExp(`\`+\\s*${escaped(span)}\\s*\`+`), mark);
    return around.includes(mark) && !hedged.test(around) && (alone.test(around) || passes.test(around));
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
