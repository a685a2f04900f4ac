import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Fault, projectSettings, type CreateProject, type Project, type ProjectSettings } from '@lockstep/contracts';
import { isProblem, type Client } from '@lockstep/client';

export interface ProjectWish {
  readonly repository: string;
  readonly base: string | null;
  readonly settings: Partial<ProjectSettings>;
}

/** The project whose runs would be carried out exactly so, or a new one: nobody's project changes under their feet. */
export async function findOrCreateProject(client: Client, wish: ProjectWish): Promise<Project> {
  const projects = await client.projects.list();
  return (
    projects.find((project) => fits(project, wish)) ?? create(client, wish, new Set(projects.map(({ name }) => name)))
  );
}

export const fits = ({ repository, base, settings }: Project, wish: ProjectWish): boolean =>
  repository === wish.repository &&
  base === wish.base &&
  isDeepStrictEqual(settings, projectSettings.parse(wish.settings));

/** What the person asks for has to be what the project of the run before says. @throws Fault bad_request */
export function checkSameProject(project: Project, wish: ProjectWish, after: string): void {
  const refuse = (why: string): never => {
    throw new Fault('bad_request', `The new run cannot come after the run ${after}: ${why}`);
  };
  if (project.repository !== wish.repository)
    refuse(`that one works on ${project.repository}, and this one on ${wish.repository}. Name the same --repo.`);
  if (wish.base !== null) refuse('it starts from that one’s branch. Leave --base out.');
  const asked = projectSettings.partial().parse({ ...project.settings, ...wish.settings });
  if (!isDeepStrictEqual(asked, project.settings))
    refuse(
      `its settings are those of the project ${project.name}. Leave --setup, --verify, --model and --advance out.`,
    );
}

async function create(client: Client, wish: ProjectWish, taken: ReadonlySet<string>): Promise<Project> {
  const spec = (name: string): CreateProject => ({ ...wish, name });
  const name = freeName(nameOf(wish.repository), taken);
  try {
    return await client.projects.create(spec(name));
  } catch (error) {
    // Somebody else took the name in this very moment.
    if (!isProblem(error, 'stale_transition')) throw error;
    return create(client, wish, new Set([...taken, name]));
  }
}

/** The last part of a path or URL, without `.git`. */
export const nameOf = (repository: string): string =>
  basename(repository.replace(/[/\\]+$/, '').replace(/^.*:/, ''))
    .replace(/\.git$/, '')
    .slice(0, 180) || 'project';

export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number += 1) if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
}
