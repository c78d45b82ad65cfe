import { SettingsError } from '../config/settings';
import { isFreePromo } from '../domain/promo/terms';
import { migrate, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createCatalogueRepository } from '../storage/postgres/catalogue';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import {
  createPromoCodesRepository,
  type PromoCodesRepository,
  type PromoDraft,
} from '../storage/postgres/promo/codes';
import { parsePromoArguments, PromoArgumentError, type PromoArguments } from './promoArguments';
import { promoLine, promoLines } from './promoWords';
import { runCommand } from './runCommand';
import { withDatabase } from './withDatabase';

/** Nothing was changed, and why. */
class NotDoneError extends Error {}

const NEW_CODE = {
  validFrom: null,
  validUntil: null,
  usesTotal: null,
  usesPerPerson: 1,
  planCodes: null,
  minDays: null,
  audience: 'all',
  userId: null,
  renewals: false,
  note: '',
} as const;

async function main(words: readonly string[]): Promise<number> {
  let given: PromoArguments;
  try {
    given = parsePromoArguments(words);
  } catch (error) {
    if (!(error instanceof PromoArgumentError)) throw error;
    console.error(error.message);
    return 2;
  }
  return withDatabase(async (pool, url) => {
    await migrate(url);
    const plans = (await createCatalogueRepository(pool).activePlans()).map(({ code }) => code);
    const carry = () => carryOut(given, createPromoCodesRepository(pool), plans);
    const isQuestion = given.command === 'list' || given.command === 'show';
    console.log(await (isQuestion ? carry() : decided(given, createDecisionsRepository(pool), carry)));
    return 0;
  });
}

/** Writes down who decides what before it happens, and what came of it. */
async function decided<T>(
  { actor, command, code, changes }: PromoArguments,
  decisions: ReturnType<typeof createDecisionsRepository>,
  carry: () => Promise<T>,
): Promise<T> {
  const id = await decisions.record(actor, `promo-${command}`, null, { code, ...changes });
  try {
    const said = await carry();
    await decisions.recordOutcome(id, 'done');
    return said;
  } catch (error) {
    await decisions.recordOutcome(id, 'not-done');
    throw error;
  }
}

/** @returns what to print @throws NotDoneError */
async function carryOut(
  { command, code, changes }: PromoArguments,
  codes: PromoCodesRepository,
  plans: readonly string[],
): Promise<string> {
  if (command === 'list') return (await codes.list()).map(promoLine).join('\n') || 'There are no promo codes.';
  const found = await codes.byCode(code);
  if (command === 'create') {
    const { kind, amount } = changes;
    if (kind === undefined || amount === undefined)
      throw new NotDoneError('What does it give? --percent 1..100, --fixed ROUBLES, --days DAYS or --days-alone DAYS.');
    checkPlans(changes, plans);
    const draft = checked({ ...NEW_CODE, ...changes, code, kind, amount });
    if (found || !(await codes.create(draft)))
      throw new NotDoneError(`There is a code ${code} already: npm run promo -- edit ${code}, or delete it first.`);
    return promoLines((await codes.byCode(code))!);
  }
  if (!found) throw new NotDoneError(`There is no code ${code}: npm run promo -- list.`);
  switch (command) {
    case 'show':
      break;
    case 'edit': {
      if (Object.keys(changes).length === 0) throw new NotDoneError('Nothing to change: give an option.');
      const { active: _, reserved: __, used: ___, returned: ____, ...draft } = found;
      checkPlans(changes, plans);
      const below = await codes.edit(checked({ ...draft, ...changes }));
      if (below)
        throw new NotDoneError(
          below.limit === 'usesTotal'
            ? `${below.inUse} uses are taken already; --total can't be less. To stop it: npm run promo -- off ${code}.`
            : `Somebody has used it ${below.inUse} times already; --per-person can't be less.`,
        );
      break;
    }
    case 'off':
    case 'on':
      await codes.setActive(code, command === 'on');
      break;
    case 'delete':
      await codes.remove(code);
      return `${code} is deleted. ${out(found.reserved)}`;
  }
  return promoLines((await codes.byCode(code))!);
}

const out = (reserved: number): string =>
  `Links that are out with it keep their price: ${reserved}. Their orders end as if nothing had happened.`;

/** @throws NotDoneError for terms that contradict each other */
function checked(draft: PromoDraft): PromoDraft {
  const { validFrom, validUntil } = draft;
  if (validFrom !== null && validUntil !== null && validUntil <= validFrom)
    throw new NotDoneError('It would end before it begins: --until must be later than --from.');
  if (isFreePromo(draft) && draft.usesPerPerson > 1)
    throw new NotDoneError('What is given for nothing is given once per person: --per-person 1.');
  return draft;
}

/** Only plans that are named now: a code may be older than a plan's end. @throws NotDoneError */
function checkPlans({ planCodes }: Partial<PromoDraft>, plans: readonly string[]): void {
  const unknown = (planCodes ?? []).filter((plan) => !plans.includes(plan));
  if (unknown.length > 0)
    throw new NotDoneError(`Not on sale: ${unknown.join(', ')}. Plans on sale: ${plans.join(', ') || 'none'}.`);
}

runCommand(main, { expected: [NotDoneError, SettingsError, UnusableDatabaseError] });
