/** What differs between the profiles' templates. */
interface Words {
  readonly kind: string;
  readonly code: string;
  readonly tests: string;
  readonly done: string;
}

const words: Readonly<Record<string, Words>> = {
  feature: {
    kind: 'Feature',
    code: 'src/[module]_a.ts',
    tests: 'tests/[module]_a.test.ts',
    done: '[command that shows the feature at work]',
  },
  poc: {
    kind: 'PoC',
    code: 'PoC/step1_[description].ts',
    tests: 'tests/step1_[description].test.ts',
    done: '[health check command]',
  },
};

const staged = `# [Name] Plan

<!--
  A plan of [PLAN_STEP] blocks. Each block is one step: its first line is the title, the rest says what to do.
  id: unique in the document · parent: the step that this one comes after, or null · status: pending
  Check it with \`lockstep plan lint FILE\`.
-->

## Summary

[What the plan achieves and for whom]

## Implementation Steps

[PLAN_STEP id="step-1" parent="null" status="pending" complexity="low"]
[First step in a few words]
Create \`src/[module]_a.ts\`:
- [What it has to do]
- [What its tests have to show]

Verification: \`[command that tests this step]\`
[/PLAN_STEP]

[PLAN_STEP id="step-2" parent="step-1" status="pending" complexity="medium"]
[Second step in a few words]
Update \`src/[module]_a.ts\`:
- [What changes]

Verification: \`[command that tests this step]\`
[/PLAN_STEP]
`;

const opening = ({ kind }: Words): string => `# [Name] Plan

<!--
  This document says what is to be built and how each step is checked. It stays as it is while the work goes on: status,
  results and lessons are written to docs/[name]-results.md by Lockstep.
  Replace everything in [brackets]; \`lockstep plan lint FILE\` lists what is left.
-->

## Overview

| Attribute | Value |
|-----------|-------|
| **Name** | [Name] |
| **Type** | ${kind} |
| **Proves** | [What is known to work when this is done] |

## Deliverables

- [What people can do afterwards that they cannot do now]

## Prerequisites

### 1. Affected tests

<!-- These have to pass before the first step and after every step. -->

**Why Needed**: [What the plan touches that works today]

**Affected test files**:
- \`tests/[existing]_a.test.ts\` - [what it covers]

**Baseline verification**:
\`\`\`bash
[command that runs the affected tests]
# Expected: all pass
\`\`\`

## Success Criteria

- [ ] [Something that can be measured]

## Implementation Steps

**Approach**: [In which order, and why]

<!-- Steps of half an hour at most. Split a larger one into 2a, 2b; 4_1 is another way to do 4. -->
`;

const step = ({ code, tests }: Words): string => `
### Step 1: [Name]

**Goal**: [What this step achieves]

**Tasks**:
- [ ] [Something to do]
- [ ] [The tests for it]

<!-- Code and tests are owed only where you name their files. Leave the block out to leave the code to the agent. -->

**Code** (create \`${code}\`):
\`\`\`
[code to write]
\`\`\`

**Tests** (create \`${tests}\`):
\`\`\`
[tests to write]
\`\`\`

<!-- One fenced block is one script. Lockstep runs it; the step is done only when it passes. -->

**Verification**:
\`\`\`bash
[command that tests this step]
# Expected: [what it reports]
\`\`\`

**Output**: [What exists now]

---

### Step 2: Final validation

**Goal**: Everything works together

**Tasks**:
- [ ] Run the affected tests

**Verification**:
\`\`\`bash
[command that runs the affected tests]
# Expected: all pass
\`\`\`

**Output**: Affected tests passing
`;

const closing = ({ code, tests, done }: Words): string => `
---

## Production-Grade Checklist

- [ ] **Error handling**: failures are handled, not ignored
- [ ] **Real integrations**: nothing is stubbed that the plan is about
- [ ] **Self-contained**: what worked before still works

## What "Done" Looks Like

\`\`\`bash
${done}
# Expected: [what it prints]
\`\`\`

## Files to Create/Modify

| File | Action | Purpose |
|------|--------|---------|
| \`${code}\` | Create | [Purpose] |
| \`${tests}\` | Create | [Purpose] |

## Risks & Mitigations

| Risk | Likelihood | Mitigation |
|------|------------|------------|
| [Risk] | Low | [What is done about it] |
`;

export const scaffoldProfiles = ['feature', 'poc', 'staged'] as const;

/** A new plan to fill in, with comments that teach it. It has no error, and a warning for each bracket left. */
export const scaffold = (profile: (typeof scaffoldProfiles)[number] = 'feature'): string => {
  const chosen = words[profile];
  return chosen ? opening(chosen) + step(chosen) + closing(chosen) : staged;
};
