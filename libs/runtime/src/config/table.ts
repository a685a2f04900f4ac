import type { Setting } from './setting';

interface AnyGroup {
  readonly title: string;
  readonly fields: object;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function shownDefault(setting: Setting<unknown>): string {
  if (setting.shownDefault !== undefined) return setting.shownDefault;
  return typeof setting.fallback === 'string' ? `\`${setting.fallback}\`` : '**required**';
}

/**
 * The settings of some groups as Markdown, one table per group, for docs/configuration.md. A setting that several groups share
 * is shown with the first of them, so pass the shared groups first.
 */
export function renderSettings(groups: readonly AnyGroup[]): string {
  const seen = new Set<Setting<unknown>>();
  return groups.map((group) => renderGroup(group, seen)).join('\n');
}

function renderGroup(group: AnyGroup, seen: Set<Setting<unknown>>): string {
  const rows = Object.values<Setting<unknown>>(group.fields as Record<string, Setting<unknown>>).filter(
    (setting) => !seen.has(setting),
  );
  rows.forEach((setting) => seen.add(setting));
  const lines = rows.map((setting) => `| \`${setting.env}\` | ${cell(setting.doc)} | ${cell(shownDefault(setting))} |`);
  return [`### ${group.title}`, '', '| variable | what it does | default |', '|---|---|---|', ...lines, ''].join('\n');
}
