import { readSomeSettings, SettingsError } from '../config/settings';
import { utcDay } from '../domain/duration';
import { planLimitsOf, type PlanLimits } from '../domain/grant';
import { voucherCodeWords, voucherLink } from '../domain/voucher/code';
import type { Voucher } from '../domain/voucher/voucher';
import { GatewayError } from '../gateways/errors';
import { readBotStanding } from '../gateways/telegram';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createVoucherService, type VoucherService } from '../support/voucherService';
import { runCommand } from './runCommand';
import { parseVoucherArguments, USAGE, type VoucherArguments } from './voucherArguments';
import { withDatabase } from './withDatabase';

async function main(words: readonly string[]): Promise<number> {
  const given = parseVoucherArguments(words, new Date());
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  return withDatabase(async (pool) => {
    await requireSchema(pool);
    const vouchers = createVoucherService({ pool });
    if (given.command === 'create') return create(vouchers, given);
    return given.command === 'list' ? list(vouchers, given) : revoke(vouchers, given);
  });
}

/** The CSV alone is on the standard output, so that it can be sent to a file. */
async function create(
  vouchers: VoucherService,
  { actor, ...batch }: VoucherArguments & { readonly command: 'create' },
): Promise<number> {
  // Before anything is made: without the bot's name there are no links.
  const linkOf = await linkMaker();
  const made = await vouchers.create(batch, actor);
  if (!made) {
    console.error(`There is no plan ${batch.planCode} in the catalogue. Nothing was made.`);
    return 1;
  }
  console.log('code,link');
  for (const { code } of made.vouchers) console.log(`${code},${linkOf(code)}`);
  console.error(
    `${batch.count} vouchers made, each for ${made.days} days with ${limitWords(made)}; batch ${made.batchId}.`,
  );
  return 0;
}

/** `100 GiB`; other limits under the names that they have in the catalogue file. */
function limitWords(limits: PlanLimits): string {
  const { trafficGb, ...others } = planLimitsOf(limits);
  const traffic = trafficGb === null ? 'unlimited traffic' : `${trafficGb} GiB`;
  const more = Object.entries<number | null>(others).map(([limit, value]) => `${limit} ${value ?? 'unlimited'}`);
  return [traffic, ...more].join(', ');
}

async function list(
  vouchers: VoucherService,
  { batchId }: VoucherArguments & { readonly command: 'list' },
): Promise<number> {
  if (batchId === undefined) {
    const batches = await vouchers.batches();
    if (batches.length === 0) console.log('There are no vouchers yet.');
    for (const batch of batches) {
      const until = batch.claimableUntil === null ? 'for ever' : `until ${batch.claimableUntil.toISOString()}`;
      const counts = `${batch.issued} open, ${batch.claimed} claimed, ${batch.revoked} revoked`;
      const by = `${utcDay(batch.createdAt)} by ${batch.madeBy}`;
      console.log(`${batch.batchId}  plan ${batch.planCode}, ${until}: ${counts}; made ${by}`);
      if (batch.partner !== null) console.log(`  handed out by ${batch.partner}`);
      if (batch.oncePerPerson) console.log('  one for each person');
      if (batch.note !== null) console.log(`  ${batch.note}`);
    }
    return 0;
  }
  const all = await vouchers.ofBatch(batchId);
  if (all.length === 0) {
    console.error(`There is no batch ${batchId}.`);
    return 1;
  }
  const linkOf = await linkMaker();
  console.log('code,link,status,claimed by,claimed at');
  for (const voucher of all) console.log(row(voucher, linkOf(voucher.code)));
  return 0;
}

const row = ({ code, status, claimedBy, claimedAt }: Voucher, link: string): string =>
  [code, link, status, claimedBy ?? '', claimedAt?.toISOString() ?? ''].join(',');

async function revoke(
  vouchers: VoucherService,
  { which, actor }: VoucherArguments & { readonly command: 'revoke' },
): Promise<number> {
  const count = await vouchers.revoke(which, actor);
  const what = 'code' in which ? `voucher ${voucherCodeWords(which.code)}` : `batch ${which.batchId}`;
  if (count === 0) {
    console.error(`Nothing was revoked: nothing of ${what} is open.`);
    return 1;
  }
  console.log(`${count} revoked of ${what}; what was claimed stays. Written to the audit log as ${actor}.`);
  return 0;
}

async function linkMaker(): Promise<(code: string) => string> {
  const { BOT_TOKEN, TELEGRAM_API_ROOT } = readSomeSettings(['BOT_TOKEN', 'TELEGRAM_API_ROOT'], process.env);
  const { username } = await readBotStanding({ token: BOT_TOKEN, apiRoot: TELEGRAM_API_ROOT, timeoutMs: 10_000 });
  return (code) => voucherLink(username, code);
}

runCommand(main, { expected: [GatewayError, SettingsError, UnusableDatabaseError] });
