import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { PlanGrant } from '../domain/grant';
import { VOUCHER_CODE_BYTES, voucherCodeOf } from '../domain/voucher/code';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import { inTransaction } from '../storage/postgres/pool';
import { createVoucherBatches } from '../storage/postgres/vouchers/batches';

export type VoucherService = ReturnType<typeof createVoucherService>;

/** The owner's vouchers: making and revoking them is written to the audit log, without their codes. */
export function createVoucherService({ pool }: { readonly pool: Pool }) {
  const read = createVoucherBatches(pool);
  return {
    batches: read.list,
    ofBatch: read.of,

    /**
     * Makes a batch of vouchers that give what the plan gives now.
     * @param batch `until`: the first moment at which they can't be claimed any more
     * @returns `undefined`: there is no such plan
     */
    create: (
      batch: {
        readonly planCode: string;
        readonly count: number;
        readonly until: Date | null;
        readonly note: string | null;
        readonly partner: string | null;
        readonly oncePerPerson: boolean;
      },
      actor: string,
    ): Promise<(PlanGrant & { batchId: string; vouchers: readonly { readonly code: string }[] }) | undefined> =>
      inTransaction(pool, async (client) => {
        const { planCode, count, until, note, partner, oncePerPerson } = batch;
        const batchId = randomUUID();
        const vouchers = Array.from({ length: count }, () => ({
          id: randomUUID(),
          code: voucherCodeOf(randomBytes(VOUCHER_CODE_BYTES)),
        }));
        const made = {
          batchId,
          planCode,
          vouchers,
          claimableUntil: until,
          note,
          partner,
          oncePerPerson,
          madeBy: actor,
        };
        const grant = await createVoucherBatches(client).add(made);
        if (!grant) return undefined;
        await createDecisionsRepository(client).record(actor, 'vouchers-create', null, { batchId, planCode, count });
        return { ...grant, batchId, vouchers };
      }),

    /** Revokes what nobody has claimed. @returns how many */
    revoke: (which: { readonly batchId: string } | { readonly code: string }, actor: string): Promise<number> =>
      inTransaction(pool, async (client) => {
        const count = await createVoucherBatches(client).revoke(which);
        const details = 'code' in which ? { count } : { ...which, count };
        if (count > 0) await createDecisionsRepository(client).record(actor, 'vouchers-revoke', null, details);
        return count;
      }),
  };
}
