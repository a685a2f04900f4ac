import {
  profileName,
  type PlanCriterion,
  type PlanDocument,
  type PlanSection,
  type PlanStepFile,
} from '@lockstep/contracts';
import { readCriteria } from './criteria';
import { findAuthorRoot, relativeCommand, relativeCommands, relativePath } from './author-root';
import type { Section } from './markdown/outline';
import { plain, slugify, withoutMarks } from './markdown/text';
import type { Reading } from './read';
import {
  readCommands,
  readDependencies,
  readFiles,
  readItems,
  readOverview,
  readRisks,
  readTestFiles,
} from './sections/lists';
import { roleOf, type SectionRole } from './sections/names';
import { readPrerequisites } from './sections/prerequisites';

/** Sections of a role; those below one of them are read with it. */
const ofRole = (sections: readonly Section[], role: SectionRole): Section[] =>
  sections.filter(
    (section) => roleOf(section.title) === role && (section.parent === null || roleOf(section.parent.title) !== role),
  );

const titleOf = (reading: Reading): string => {
  const heading = reading.sections.find((section) => section.depth === 1) ?? reading.sections[0];
  return heading ? withoutMarks(plain(heading.title)) : 'Untitled plan';
};

/** The name that the results document has in the plan, or else the title without "Plan". */
const slugOf = (reading: Reading, title: string): string => {
  const results = /docs\/([\w.-]+)-results\.md/.exec(reading.text)?.[1];
  return (
    results ??
    (slugify(title.replace(/\s*(?:implementation\s+)?plan\s*$|^(?:implementation\s+)?plan\s*:\s*/gi, '')) || 'plan')
  );
};

const frontMatter = (text: string): Record<string, string> => {
  const block = /^---[ \t]*\r?\n([\s\S]{0,4000}?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)?.[1] ?? '';
  const pairs = [...block.matchAll(/^([A-Za-z][\w -]*?):[ \t]*["']?(.*?)["']?[ \t]*$/gm)];
  return Object.fromEntries(pairs.map((pair) => [pair[1] ?? '', pair[2] ?? '']));
};

const overviewOf = (reading: Reading): Record<string, string> => {
  const first = reading.spans[0]?.start ?? reading.text.length;
  const head = reading.pieces.filter((piece) => piece.start < Math.min(first, reading.sections[1]?.start ?? first));
  const sections = ofRole(reading.sections, 'overview').flatMap((section) => section.pieces);
  return { ...frontMatter(reading.text), ...readOverview(head), ...readOverview(sections) };
};

const profileOf = (reading: Reading, overview: Readonly<Record<string, string>>, asked: string | undefined): string => {
  const named = Object.entries(overview).find(([name]) => /^profile$/i.test(name))?.[1];
  const type = Object.entries(overview).find(([name]) => /^type$/i.test(name))?.[1] ?? '';
  const implied = /^poc\b/i.test(type) ? 'poc' : reading.dialect === 'plan_step' ? 'staged' : 'feature';
  return asked ?? profileName.options.find((name) => name === named?.trim().toLowerCase()) ?? implied;
};

const otherSections = (reading: Reading): PlanSection[] =>
  reading.sections
    .filter((section) => section.depth > 1 && roleOf(section.title) === null && !insideKnown(section))
    .map((section) => ({
      title: plain(section.title),
      depth: section.depth,
      line: reading.lines.at(section.start).line,
      text: reading.text.slice(section.start, section.pieces.at(-1)?.end ?? section.heading?.end).trimEnd(),
    }));

const known: ReadonlySet<SectionRole | null> = new Set<SectionRole | null>(['prerequisites', 'testSummary']);

const insideKnown = (section: Section): boolean => {
  for (let at = section.parent; at; at = at.parent) if (known.has(roleOf(at.title))) return true;
  return false;
};

const layoutOf = (reading: Reading, mark: string): PlanDocument['layout'] => {
  const layout: PlanDocument['layout'] = [];
  let at = 0;
  reading.spans.forEach((span, index) => {
    if (span.start > at) layout.push(reading.text.slice(at, span.start));
    layout.push(index);
    at = span.end;
  });
  if (at < reading.text.length) layout.push(reading.text.slice(at));
  return mark === '' ? layout : [mark, ...layout];
};

const all = <T>(reading: Reading, role: SectionRole, read: (section: Section) => readonly T[]): T[] =>
  ofRole(reading.sections, role).flatMap((section) => [...read(section)]);

/** The document as read, before the author's own folders are mapped and before anything is checked. */
const assemble = (reading: Reading, mark: string, profile: string | undefined): PlanDocument => {
  const { lines } = reading;
  const overview = overviewOf(reading);
  const title = titleOf(reading);
  const prerequisites = all(reading, 'prerequisites', (section) => readPrerequisites(section, lines));
  const tests = all(reading, 'testSummary', readTestFiles);
  return {
    title,
    slug: slugOf(reading, title),
    dialect: reading.dialect,
    profile: profileOf(reading, overview, profile),
    overview,
    deliverables: all(reading, 'deliverables', readItems),
    prerequisites,
    criteria: all(reading, 'criteria', (section) => readCriteria(section, lines)),
    steps: reading.steps,
    checklist: all(reading, 'checklist', (section) => readCriteria(section, lines)),
    doneLooksLike: all(reading, 'done', (section) => readCommands(section, lines)),
    affectedTests: [...new Set([...prerequisites.flatMap((each) => each.affectedTests), ...tests])],
    files: all(reading, 'files', (section) => readFiles(section, lines)),
    dependencies: all(reading, 'dependencies', (section) => readDependencies(section, lines)),
    risks: all(reading, 'risks', (section) => readRisks(section, lines)),
    sections: otherSections(reading),
    authorRoot: null,
    problems: [...reading.problems],
    layout: layoutOf(reading, mark),
  };
};

/** A file that is named twice, once with the author's folder, is one file. */
const distinct = (files: readonly PlanStepFile[]): PlanStepFile[] =>
  files.filter((file, at) => files.findIndex((other) => other.path === file.path) === at);

/** Every path and command as the workspace has it; sections stay verbatim. */
const mapped = (plan: PlanDocument, root: string | null): PlanDocument => {
  const path = <T extends { path: string | null }>(each: T): T => ({
    ...each,
    path: each.path === null ? null : relativePath(each.path, root),
  });
  const item = (each: PlanCriterion): PlanCriterion => ({
    ...each,
    commands: relativeCommands(each.commands ?? [], root),
    names: (each.names ?? []).map((name) => relativeCommand(name, root)),
  });
  return {
    ...plan,
    authorRoot: root,
    steps: plan.steps.map((step) => ({
      ...step,
      code: step.code.map(path),
      tests: step.tests.map(path),
      files: distinct(step.files.map(path)),
      verification: relativeCommands(step.verification, root),
    })),
    prerequisites: plan.prerequisites.map((each) => ({
      ...each,
      commands: each.commands.map((command) => relativeCommand(command, root)),
      affectedTests: each.affectedTests.map((test) => relativePath(test, root)),
      setup: relativeCommands(each.setup, root),
      verification: relativeCommands(each.verification, root),
      baseline: relativeCommands(each.baseline, root),
    })),
    criteria: plan.criteria.map(item),
    checklist: plan.checklist.map(item),
    doneLooksLike: relativeCommands(plan.doneLooksLike, root),
    affectedTests: [...new Set(plan.affectedTests.map((test) => relativePath(test, root)))],
    files: plan.files.map(path),
    dependencies: plan.dependencies.map(path),
  };
};

/** Commands that the document gives for every step, used where a step has none of its own. */
export const sharedCommands = (reading: Reading): PlanDocument['doneLooksLike'] =>
  all(reading, 'validation', (section) => readCommands(section, reading.lines));

/** Builds the plan; returns the keys of steps that got the document's shared commands with it. */
export const buildDocument = (
  reading: Reading,
  mark: string,
  profile: string | undefined,
): { plan: PlanDocument; shared: Set<string> } => {
  const commands = sharedCommands(reading);
  const shared = new Set<string>();
  const parents = new Set(reading.steps.map((step) => step.parent));
  for (const step of reading.steps)
    if (
      commands.length > 0 &&
      !parents.has(step.key) &&
      !step.verification.some((each) => !each.before && !each.optional)
    ) {
      step.verification.push(...commands);
      shared.add(step.key);
    }
  const plan = assemble(reading, mark, profile);
  const relative = [...plan.files, ...plan.steps.flatMap((step) => step.files)]
    .map((file) => file.path)
    .filter((path) => /^[\w.]/.test(path) && path.includes('/') && !/^[A-Za-z]:/.test(path));
  return { plan: mapped(plan, findAuthorRoot(reading.text, relative)), shared };
};
