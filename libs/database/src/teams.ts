import { createHash, randomBytes } from 'node:crypto';
import {
  Fault,
  projectSaid,
  projectSettings,
  type CreateProject,
  type Project,
  type ProjectSaid,
} from '@lockstep/contracts';
import type { Database } from './connection';

export interface Caller {
  readonly teamId: string;
  readonly tokenId: string;
  /** The token's name: who acts, for the history. */
  readonly name: string;
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Makes a token of a team (made too, when it is missing). The token is returned once; only its digest is stored. */
export async function issueToken(
  db: Database,
  spec: { team: string; name: string },
): Promise<{ token: string; teamId: string }> {
  const token = `lst_${randomBytes(24).toString('base64url')}`;
  const team = await db.prisma.team.upsert({ where: { name: spec.team }, update: {}, create: { name: spec.team } });
  await db.prisma.token.create({ data: { teamId: team.id, name: spec.name, hash: new Uint8Array(digest(token)) } });
  return { token, teamId: team.id };
}

/** Whose token it is; null when it is unknown, revoked or expired. */
export async function authenticate(db: Database, token: string): Promise<Caller | null> {
  const row = await db.prisma.token.findUnique({ where: { hash: new Uint8Array(digest(token)) } });
  if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= new Date())) return null;
  return { teamId: row.teamId, tokenId: row.id, name: row.name };
}

type ProjectRow = Awaited<ReturnType<Database['prisma']['project']['findFirst']>> & object;

export const toProject = (row: ProjectRow): Project => ({
  id: row.id,
  teamId: row.teamId,
  name: row.name,
  repository: row.repository,
  base: row.base,
  settings: projectSettings.parse(row.settings),
  createdAt: row.createdAt.toISOString(),
});

/** Creates a project; a name that the team uses already gives `stale_transition`. */
export async function createProject(db: Database, teamId: string, spec: CreateProject): Promise<Project> {
  const settings = projectSaid.parse(spec.settings ?? {});
  const known = await db.prisma.project.findUnique({ where: { teamId_name: { teamId, name: spec.name } } });
  if (known)
    throw new Fault(
      'stale_transition',
      `The team has a project named ${spec.name} already (${known.id}). Choose another name, or use that one.`,
    );
  const row = await db.prisma.project.create({
    data: { teamId, name: spec.name, repository: spec.repository, base: spec.base ?? null, settings },
  });
  return toProject(row);
}

export async function findProject(db: Database, teamId: string, id: string): Promise<Project> {
  const row = await db.prisma.project.findFirst({ where: { teamId, id } });
  if (!row) throw new Fault('not_found', `There is no project ${id}. List yours with GET /v1/projects.`);
  return toProject(row);
}

/** A project's settings as they were said, without what a profile fills in. */
export async function findProjectSaid(db: Database, teamId: string, id: string): Promise<ProjectSaid> {
  const row = await db.prisma.project.findFirst({ where: { teamId, id }, select: { settings: true } });
  if (!row) throw new Fault('not_found', `There is no project ${id}. List yours with GET /v1/projects.`);
  return projectSaid.parse(row.settings);
}

export async function listProjects(db: Database, teamId: string): Promise<Project[]> {
  const rows = await db.prisma.project.findMany({ where: { teamId }, orderBy: { createdAt: 'asc' }, take: 1000 });
  return rows.map(toProject);
}
