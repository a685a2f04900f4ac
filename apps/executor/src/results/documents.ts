import { pathOf, renderProjectState, renderStepResults, type ResultsFacts } from '@lockstep/plan';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { renderRunResults } from './render';

export interface Written {
  /** The results document of the run. */
  readonly results: string;
  /** The tree with every document in it. */
  readonly treeSha: string;
}

/** Every path that Lockstep writes for a step: what stands there is nobody's work. */
export function documentPaths({ plan, settings }: RunContext, step: string): string[] {
  const { slug } = plan.parsed;
  const { stepResults, state } = settings.places;
  const templates = [stepResults, state].filter((template) => template !== null);
  return [plan.resultsPath, ...templates.map((template) => pathOf(template, { slug, step }))];
}

export interface DocumentsOf {
  /** The tree that was checked. */
  readonly treeSha: string;
  readonly facts: ResultsFacts;
  /** The step whose commit holds the documents; null for the closing commit. */
  readonly step: string | null;
}

/** Puts what the profile has Lockstep write into the tree: the step's document, the state file, and the results of the run. */
export async function writeDocuments(
  context: RunContext,
  workspace: Workspace,
  { treeSha, facts, step }: DocumentsOf,
): Promise<Written> {
  const { places } = context.settings;
  const { slug } = context.plan.parsed;
  const results = renderRunResults(facts);
  const documents: { path: string; content: string }[] = [];
  if (step !== null && places.stepResults !== null) {
    const template = places.stepTemplate === null ? null : await workspace.readText(treeSha, places.stepTemplate);
    const content = renderStepResults(facts, step, template);
    if (content !== null) documents.push({ path: pathOf(places.stepResults, { slug, step }), content });
  }
  if (places.state !== null) {
    const path = pathOf(places.state, { slug });
    const place = { slug: slug || 'plan', results: context.plan.resultsPath };
    documents.push({ path, content: renderProjectState(await workspace.readText(treeSha, path), facts, place) });
  }
  documents.push({ path: context.plan.resultsPath, content: results });
  let written = treeSha;
  for (const document of documents) written = await workspace.addToTree(written, document);
  return { results, treeSha: written };
}
