/** Names of programs, scripts and targets that go on until somebody ends them, take something away, or reach outside of the checkout. */
const harmful = new Set(
  (
    'dev start serve server watch runserver up down logs attach rm rmdir mv dd kill pkill killall shred truncate sudo su ssh scp rsync ' +
    'deploy publish release push upload login logout reset drop dropdb destroy purge prune wipe delete uninstall rollback kubectl helm ' +
    'terraform ansible ansible-playbook systemctl service crontab reboot shutdown psql mysql redis-cli mongosh gh aws gcloud'
  ).split(' '),
);

/** Programs whose operands are files or words to look at. */
const looks = new Set('cd pushd ls test [ grep rg cat head wc diff cmp stat which command echo printf jq'.split(' '));

const runsTests =
  /^(?:(?:npx|bunx|uv run|poetry run|pdm run|bundle exec|python[\d.]* -m)\s+)?(?:\.{0,2}\/?[\w./-]*\/)?(?:(?:pytest|jest|vitest|mocha|ava|tox|nox|rspec|phpunit|ctest|unittest|mypy|pyright|ruff|eslint|tsc|playwright|cypress)|(?:npm|pnpm|yarn|bun|deno|go|cargo|mix|swift|dotnet|flutter|dart)\s+(?:run\s+)?(?:test|t|vet|check|lint)|node\s+--test)(?=\s|$)/;

const goesOn = /(?:^|\s)(?:--watch(?:All)?(?!=false)|--ui|--follow|watch|tail\s+-\w*f)(?=[\s=]|$)/;
const readsGit =
  /^git\s+(?:-\S+\s+)*(?:status|diff|log|show|grep|blame|ls-files|ls-tree|rev-parse|rev-list|merge-base|fsck)(?=\s|$)/;
const changesThings =
  /^(?:find\s.*\s-(?:delete|exec)|sed\s.*-i|curl\s.*(?:-X|--request|-d|--data\S*|-F|-T|--upload-file|-o|-O)|(?:ba|da|z)?sh$)(?=[\s=]|$)/;

/** Writes to a file; `/dev/null` and the streams themselves are none. */
const writes = />(?!\s*\/dev\/null(?![\w/.-])|&\d)/;
const quoted = /'[^'\n]*'|"[^"\n$`]*"/g;

/** As the shell reads a word: `"rm"` and `\\rm` are `rm`. */
const unquoted = (part: string): string => part.replace(/["'\\]/g, '');

/** A path, a namespace or a flag aside: `./scripts/reset-db.sh`, `db:drop`. */
const namesIn = (word: string): string[] => {
  const base = word.slice(word.lastIndexOf('/') + 1);
  return [base, ...base.split(':'), ...(/\.\w+$/.test(base) ? [/^[a-z]*/i.exec(base)?.[0] ?? ''] : [])];
};

const isHarmless = (written: string): boolean => {
  const part = unquoted(written);
  const words = part.split(/\s+/);
  if (goesOn.test(part) || changesThings.test(part)) return false;
  if (words[0] === 'git') return readsGit.test(part);
  if (looks.has(words[0] ?? '') || runsTests.test(part)) return true;
  return !words.some((word) => namesIn(word).some((name) => harmful.has(name.toLowerCase())));
};

/** No command that a person wrote is longer; what is longer isn't looked through. */
const longest = 4000;

/**
 * Whether a command that only prose names may be run as a check: it ends by itself, and as far as its words tell it takes nothing away and
 * changes nothing outside of the checkout. What a plan labels as its verification is not asked this: it says so itself.
 */
export const mayBeInferred = (command: string): boolean =>
  command.length <= longest &&
  !writes.test(command.replace(quoted, '')) &&
  command
    .split(/&&|\|\||[;|\n&(`]/)
    .map((part) => part.trim().replace(/^(?:(?:[A-Za-z_]\w*=\S*|time|env|exec|!)\s+)+/, ''))
    .every((part) => part === '' || isHarmless(part));
