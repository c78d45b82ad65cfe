/**
 * The schemas in `tables/` say what the migrated database says: the same columns, types, nullability and allowed
 * values.
 */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { locationRow, planRow, serverRow, trialRow } from '../../../src/storage/postgres/tables/catalogue';
import { notificationRow, telegramPaceRow, webhookEventRow } from '../../../src/storage/postgres/tables/messages';
import {
  auditLogRow,
  installationRow,
  jobResultRow,
  moneyAnomalyRow,
  outageRow,
  panelDriftRow,
  panelSampleRow,
  panelSyncStateRow,
  ledgerCursorRow,
  starChargeRow,
} from '../../../src/storage/postgres/tables/operations';
import { paymentEventRow, paymentRow, providerRequestRow } from '../../../src/storage/postgres/tables/payments';
import { promoCodeRow, promoUseRow } from '../../../src/storage/postgres/tables/promo';
import { accessRevocationRow, refundRow } from '../../../src/storage/postgres/tables/refunds';
import { subscriptionRow, subscriptionUsageRow } from '../../../src/storage/postgres/tables/subscriptions';
import { freeGrantRow } from '../../../src/storage/postgres/tables/freeGrants';
import { referralRewardRow } from '../../../src/storage/postgres/tables/referrals';
import { voucherRow } from '../../../src/storage/postgres/tables/vouchers';
import { deskAuditRow, noteRow, staffRow, uncountedPersonRow } from '../../../src/storage/postgres/tables/staff';
import { userRow } from '../../../src/storage/postgres/tables/users';
import { grantEntryRow } from '../../../src/storage/postgres/tables/grantEntries';
import { camelCased, instant } from '../../../src/storage/postgres/tables/columns';
import { cachedSubscription } from '../../../src/storage/postgres/subscriptions';
import { cachedUser } from '../../../src/storage/postgres/users';
import { useShop } from './shopDatabase';

const shop = useShop();
/** By its name in the database. */
const TABLES = {
  access_revocations: accessRevocationRow,
  audit_log: auditLogRow,
  desk_audit: deskAuditRow,
  notes: noteRow,
  staff: staffRow,
  star_charges: starChargeRow,
  uncounted_people: uncountedPersonRow,
  grant_entries: grantEntryRow,
  installation: installationRow,
  job_results: jobResultRow,
  locations: locationRow,
  money_anomalies: moneyAnomalyRow,
  notifications: notificationRow,
  outages: outageRow,
  panel_drift: panelDriftRow,
  panel_samples: panelSampleRow,
  panel_sync_states: panelSyncStateRow,
  payment_events: paymentEventRow,
  payments: paymentRow,
  plans: planRow,
  promo_codes: promoCodeRow,
  promo_uses: promoUseRow,
  ledger_cursors: ledgerCursorRow,
  referral_rewards: referralRewardRow,
  refunds: refundRow,
  servers: serverRow,
  subscription_usage: subscriptionUsageRow,
  subscriptions: subscriptionRow,
  telegram_pace: telegramPaceRow,
  trials: trialRow,
  free_grants: freeGrantRow,
  users: userRow,
  vouchers: voucherRow,
  webhook_events: webhookEventRow,
  provider_requests: providerRequestRow,
} as const satisfies Record<string, z.ZodObject>;
/** No query reads their rows. */
const NO_ROWS_READ = ['notifications_archive', 'schema_migrations'];

/** A value of each type as the driver gives it. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  bigint: 1,
  integer: 1,
  'double precision': 0.5,
  boolean: true,
  text: 'x',
  uuid: '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab',
  'timestamp with time zone': new Date(),
  jsonb: {},
  _text: ['x'],
  _int4: [1],
};

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

async function columnsOf(table: string): Promise<Column[]> {
  const { rows } = await shop.pool.query<Column>(
    `SELECT column_name AS name, CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 ORDER BY 1`,
    [table],
  );
  return rows;
}

/** The values that `CHECK (column IN (...))` allows; `undefined` where there is no such constraint. */
async function allowedValues(table: string, column: string): Promise<string[] | undefined> {
  const { rows } = await shop.pool.query<{ definition: string }>(
    `SELECT pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c
     WHERE c.conrelid = $1::regclass AND c.contype = 'c'
       AND c.conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = c.conrelid AND attname = $2)]`,
    [table, column],
  );
  const list = rows.map(({ definition }) => definition).find((definition) => definition.includes('ANY'));
  return list === undefined ? undefined : [...list.matchAll(/'([^']+)'::text/g)].map(([, value]) => value!).toSorted();
}

const optionsOf = (column: z.ZodType): string[] | undefined => {
  const { options } = (column instanceof z.ZodNullable ? column.unwrap() : column) as { options?: unknown };
  return Array.isArray(options) && options.every((one) => typeof one === 'string') ? options.toSorted() : undefined;
};

it('every table that is there has a schema', async () => {
  const { rows } = await shop.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const tables = rows.map(({ name }) => name).filter((name) => !NO_ROWS_READ.includes(name));
  expect(tables.toSorted()).toEqual(Object.keys(TABLES).toSorted());
});

describe.each(Object.entries(TABLES))('the schema of %s', (table, row) => {
  const shape: Readonly<Record<string, z.ZodType>> = row.shape;

  it('has the columns of the table, with their types and nullability', async () => {
    const columns = await columnsOf(table);
    expect(Object.keys(shape).toSorted()).toEqual(columns.map(({ name }) => name).toSorted());
    for (const { name, type, nullable } of columns) {
      const schema = shape[name]!;
      const takes = (value: unknown) => schema.safeParse(value).success;
      const isClosed = type === 'text' && !takes('x');
      expect({
        name,
        takesItsType: isClosed || takes(SAMPLES[type]),
        takesNull: takes(null) && (type !== 'jsonb' || nullable),
      }).toEqual({ name, takesItsType: true, takesNull: nullable });
      for (const [other, value] of Object.entries(SAMPLES))
        if (typeof value !== typeof SAMPLES[type] && type !== 'jsonb')
          expect({ name, takes: other, does: takes(value) }).toEqual({ name, takes: other, does: false });
    }
  });

  it('allows the values that the table allows', async () => {
    for (const [name, column] of Object.entries(shape)) {
      const allowed = await allowedValues(table, name);
      if (allowed !== undefined) expect({ name, options: optionsOf(column) }).toEqual({ name, options: allowed });
    }
  });
});

describe('what is made of rows', () => {
  it('has the names the code uses', () => {
    expect(camelCased({ id: 1, location_name_ru: 'x', of_provider_ref: null })).toEqual({
      id: 1,
      locationNameRu: 'x',
      ofProviderRef: null,
    });
  });

  it('comes back out of a cache as it was', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId);
    const subscription = await shop.subscriptions.byId(subscriptionId);
    const user = await shop.users.byId(userId);
    const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(cachedSubscription.parse(throughJson(subscription))).toEqual(subscription);
    expect(cachedUser.parse(throughJson(user))).toEqual(user);
  });

  it('takes no text for an instant but ISO 8601', () => {
    expect(instant.parse('2026-11-24T09:00:00.123Z')).toEqual(new Date('2026-11-24T09:00:00.123Z'));
    for (const wrong of ['yesterday', '', 0, null]) expect(instant.safeParse(wrong).success).toBe(false);
  });
});
