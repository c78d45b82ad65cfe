import { randomBytes } from 'node:crypto';
import type { App } from './app';
import { ASSETS, rateOf } from './assets';
import { readDecimal, times, writeDecimal } from './decimal';
import { ApiError, invalid } from './errors';
import { page, type Params } from './params';
import type { StoredCheck, StoredTransfer } from './store';
import { checkToWire, transferToWire } from './wire';

/** About 1 to 25 000 USD at the rate of the moment (Crypto Pay docs, transfer `amount`). */
const LEAST_USD = readDecimal('1')!;
const MOST_USD = readDecimal('25000')!;

/**
 * `transfer`: money out of the app's balance to a person who has opened the bot. A `spend_id` is accepted once for
 * ever, so a repeat after a lost answer is refused, and getTransfers tells what became of it.
 */
export function transfer(app: App, params: Params): unknown {
  if (app.faults.on.transfersDisabled) throw new ApiError(403, 'METHOD_DISABLED');
  const userId = Number(params.required('user_id'));
  const spendId = params.required('spend_id', 64);
  const comment = params.text('comment', 1024);
  const { tables } = app.store;
  if (tables.transfers.some((known) => known.spendId === spendId)) throw invalid('SPEND_ID_ALREADY_USED');
  if (!Number.isSafeInteger(userId) || userId < 1 || tables.strangers.includes(userId)) throw invalid('USER_NOT_FOUND');
  const done: StoredTransfer = {
    ...take(app, params),
    id: app.store.nextId(),
    spendId,
    userId,
    ...(comment !== undefined && { comment }),
    at: app.clock.now(),
  };
  tables.transfers.push(done);
  app.store.touch();
  return transferToWire(done);
}

/** `getTransfers`: filters asset, transfer_ids and spend_id. */
export function getTransfers(app: App, params: Params): unknown {
  const ids = params.list('transfer_ids');
  const [asset, spendId] = [params.text('asset'), params.text('spend_id')];
  const found = app.store.tables.transfers.filter(
    (known) =>
      (ids === undefined || ids.includes(String(known.id))) &&
      (asset === undefined || known.asset === asset) &&
      (spendId === undefined || known.spendId === spendId),
  );
  return { items: page(params, app.faults.on.oldestFirst ? found : found.toReversed()).map(transferToWire) };
}

/** `createCheck`: money for whoever opens the link, or for one person; without any key against doing it twice. */
export function createCheck(app: App, params: Params): unknown {
  const pinnedTo = params.text('pin_to_user_id') ?? params.text('pin_to_username');
  const check: StoredCheck = {
    ...take(app, params),
    id: app.store.nextId(),
    hash: `CQ${randomBytes(8).toString('hex')}`,
    ...(pinnedTo !== undefined && { pinnedTo }),
    createdAt: app.clock.now(),
  };
  app.store.tables.checks.push(check);
  app.store.touch();
  return checkToWire(app, check);
}

export function getChecks(app: App, params: Params): unknown {
  const ids = params.list('check_ids');
  const [asset, status] = [params.text('asset'), params.choice('status', ['active', 'activated'])];
  const found = app.store.tables.checks.filter(
    (known) =>
      (ids === undefined || ids.includes(String(known.id))) &&
      (asset === undefined || known.asset === asset) &&
      (status === undefined || (known.activatedAt === undefined ? 'active' : 'activated') === status),
  );
  const ordered = app.faults.on.oldestFirst ? found : found.toReversed();
  return { items: page(params, ordered).map((check) => checkToWire(app, check)) };
}

/** `deleteCheck`: the money of a check that nobody has activated comes back. */
export function deleteCheck(app: App, params: Params): true {
  const { tables } = app.store;
  const id = Number(params.required('check_id'));
  const check = tables.checks.find((known) => known.id === id && known.activatedAt === undefined);
  if (!check) throw invalid('CHECK_NOT_FOUND');
  tables.checks = tables.checks.filter((known) => known !== check);
  put(app, check.asset, readDecimal(check.amount)!);
  return true;
}

/** `getBalance`. */
export function getBalance(app: App): unknown {
  return Object.keys(ASSETS).map((code) => ({
    currency_code: code,
    available: app.store.tables.balance[code] ?? '0',
    onhold: '0',
  }));
}

function put(app: App, asset: string, amount: bigint): void {
  const { balance } = app.store.tables;
  balance[asset] = writeDecimal((readDecimal(balance[asset]) ?? 0n) + amount);
  app.store.touch();
}

/** Reads asset and amount, and takes the money off the balance. */
function take(app: App, params: Params): { asset: string; amount: string } {
  params.required('asset');
  const asset = params.choice('asset', Object.keys(ASSETS))!;
  const amount = readDecimal(params.required('amount'));
  if (amount === undefined || amount <= 0n) throw invalid('AMOUNT_INVALID');
  const { balance, rates } = app.store.tables;
  const usd = times(amount, rateOf(asset, 'USD', rates));
  if (usd < LEAST_USD) throw invalid('AMOUNT_TOO_SMALL');
  if (usd > MOST_USD) throw invalid('AMOUNT_TOO_BIG');
  if ((readDecimal(balance[asset]) ?? 0n) < amount) throw invalid('INSUFFICIENT_FUNDS');
  put(app, asset, -amount);
  return { asset, amount: writeDecimal(amount) };
}
