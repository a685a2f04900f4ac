import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan, Project, Run } from '@lockstep/contracts';
import { submitPlan } from '@lockstep/database';
import { parsePlan } from '@lockstep/plan';
import type { ApiUnderTest, Client } from './api-under-test';

export const planText = (title = 'Greeting'): string => `# ${title}

## Implementation steps

### Step 1: Say hello

**Goal**: A greeting.

**Verification**:
\`\`\`bash
node --test
\`\`\`

### Step 2: Say goodbye

**Goal**: A farewell.

**Verification**:
\`\`\`bash
node --test
\`\`\`
`;

/** A folder that goes with the spec. */
export function ownFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'lockstep-api-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function gitRepository(path: string): string {
  execFileSync('git', ['init', '-q', path]);
  return path;
}

export const newProject = async (client: Client, more: Record<string, unknown> = {}): Promise<Project> => {
  const spec = { name: `p-${Math.random()}`, repository: 'https://git.example.org/team/repo.git', ...more };
  const { status, body } = await client.post<Project>('/v1/projects', spec);
  if (status !== 201) throw new Error(`the project was not created: ${JSON.stringify(body)}`);
  return body;
};

export const newPlan = async (client: Client, document = planText()): Promise<Plan> => {
  const { id: projectId } = await newProject(client);
  const { status, body } = await client.post<Plan>('/v1/plans', { projectId, document });
  if (status !== 201) throw new Error(`the plan was not stored: ${JSON.stringify(body)}`);
  return body;
};

/** A draft that was stored without the API, which reads each document in a thread of its own. */
export async function storedPlan({ test }: ApiUnderTest, client: Client): Promise<string> {
  const { id: projectId } = await newProject(client);
  const [document, by] = [planText(), 'tester'];
  const parsed = parsePlan(document);
  const spec = { teamId: client.teamId, projectId, document, path: null, profile: parsed.profile, parsed, by };
  return (await submitPlan(test.database, spec)).id;
}

/** A queued run, approved over HTTP. */
export async function newRun(under: ApiUnderTest, client: Client): Promise<Run> {
  const { body } = await client.post<{ runId: string }>(`/v1/plans/${await storedPlan(under, client)}/approve`);
  return (await client.get<Run>(`/v1/runs/${body.runId}`)).body;
}
