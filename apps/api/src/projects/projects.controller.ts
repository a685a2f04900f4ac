import { Controller, Get, Inject, Post, Res } from '@nestjs/common';
import {
  createProject as creation,
  project,
  projectUsage,
  type CreateProject,
  type Project,
  type ProjectUsage,
} from '@lockstep/contracts';
import { retentionLimits } from '@lockstep/domain';
import { createProject, findProject, listLessons, listProjects, projectUsageOf, type Caller } from '@lockstep/database';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller';
import { Describe, FromBody, FromQuery, PathId } from '../http/operation';
import { lessonList, lessonsQuery, projectList, whole, type LessonsQuery } from '../http/schemas';
import { DATABASE, SETTINGS, type ApiOptions, type Database } from '../parts';
import { installationLimits } from './installation-limits';
import { checkRef } from './ref';
import { checkRepository } from './repository';

@Controller('v1/projects')
export class ProjectsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiOptions,
  ) {}

  @Post()
  @Describe({
    summary: 'Create a project: a repository, and how its plans are carried out',
    body: creation,
    ok: { 201: project },
    problems: ['repository_not_allowed', 'repository_unreachable', 'base_not_found', 'stale_transition'],
  })
  async create(
    @From() { teamId }: Caller,
    @FromBody() body: CreateProject,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Project> {
    checkRef(body.base);
    const repository = await checkRepository(body.repository, this.settings);
    const created = await createProject(this.database, teamId, { ...body, repository });
    reply.header('location', `/v1/projects/${created.id}`);
    return created;
  }

  @Get()
  @Describe({ summary: 'The team’s projects, oldest first', ok: { 200: projectList } })
  async list(@From() { teamId }: Caller) {
    return whole(await listProjects(this.database, teamId));
  }

  @Get(':id')
  @Describe({ summary: 'A project', ok: { 200: project }, problems: ['not_found'] })
  find(@From() { teamId }: Caller, @PathId() id: string): Promise<Project> {
    return findProject(this.database, teamId, id);
  }

  @Get(':id/usage')
  @Describe({
    summary: 'What the project’s runs have used of its budget, what is kept of them, and what was removed last',
    ok: { 200: projectUsage },
    problems: ['not_found'],
  })
  async usage(@From() { teamId }: Caller, @PathId() id: string): Promise<ProjectUsage> {
    const { settings } = await findProject(this.database, teamId, id);
    const limits = retentionLimits(installationLimits(this.settings), settings.retention);
    return projectUsageOf(this.database, id, { budget: settings.projectBudget, limits });
  }

  @Get(':id/lessons')
  @Describe({
    summary: 'What the project’s runs have taught, newest first',
    query: lessonsQuery,
    ok: { 200: lessonList },
    problems: ['not_found'],
  })
  async lessons(@From() { teamId }: Caller, @PathId() projectId: string, @FromQuery() query: LessonsQuery) {
    await findProject(this.database, teamId, projectId);
    return listLessons(this.database, { ...query, teamId, projectId });
  }
}
