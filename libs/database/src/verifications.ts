import type { Database } from './connection';
import type { Prisma } from './generated/client';

/** What Lockstep ran, with the end of its output: more than that nobody is shown. */
export type VerificationRow = Prisma.VerificationGetPayload<{ omit: { output: true } }>;

/** In the order in which they ran. */
export const readVerifications = (
  { prisma }: Database,
  where: Prisma.VerificationWhereInput & { readonly runId: string },
): Promise<VerificationRow[]> =>
  prisma.verification.findMany({
    where,
    orderBy: [{ createdAt: 'asc' }, { position: 'asc' }],
    omit: { output: true },
  });
