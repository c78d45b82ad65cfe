/** What the audit reads of a living shop: payments in every state, most of them not at their end. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { PAYMENT_STATUSES } from '../../../src/domain/payment';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { queryRow } from '../../../src/storage/postgres/query';
import { paymentRow } from '../../../src/storage/postgres/tables/payments';
import { useShop } from './shopDatabase';

const shop = useShop();
const since = new Date(0);

describe('the books of a living shop', () => {
  it('hold a payment in every state, each with an answer to every question', async () => {
    for (const status of PAYMENT_STATUSES) {
      const { id } = await shop.paid(await shop.buyer());
      await shop.pool.query('UPDATE payments SET status = $2, ended_at = NULL, reason = NULL WHERE id = $1', [
        id,
        status,
      ]);
    }
    const read = await createAuditRepository(shop.pool).payments(since);
    expect(read.map(({ status }) => status).toSorted()).toEqual([...PAYMENT_STATUSES].toSorted());
    for (const { keyTold, acceptedByOperator, closedByOperator } of read)
      expect({ keyTold, acceptedByOperator, closedByOperator }).toEqual({
        keyTold: false,
        acceptedByOperator: false,
        closedByOperator: false,
      });
  });

  it('count a key as sent when its message is archived, and only then', async () => {
    const keyTold = async (id: string) =>
      (await createAuditRepository(shop.pool).payments(since)).find((one) => one.id === id)!.keyTold;
    const { id } = await shop.issued(await shop.buyer());
    expect(await keyTold(id)).toBe(false);
    await shop.pool.query(`UPDATE payments SET ended_at = now() - interval '31 days' WHERE id = $1`, [id]);
    expect(await keyTold(id)).toBe(true);
  });
});

describe('a row that is not as it should be', () => {
  it('is named, with every column that is wrong, on one line and without its values', async () => {
    const { id } = await shop.open(await shop.buyer());
    const wrong = paymentRow.pick({ id: true }).extend({ status: z.number(), plan_code: z.boolean() });
    const reading = queryRow(shop.pool, wrong, 'SELECT id, status, plan_code FROM payments WHERE id = $1', [id]);
    await expect(reading).rejects.toThrow(
      new RegExp(
        `^a row of the database can't be read, ${id}: status: [^\\n]*number[^\\n]*; plan_code: [^\\n]*boolean[^\\n]*$`,
      ),
    );
  });
});
