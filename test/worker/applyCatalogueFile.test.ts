/** CATALOG_FILE at a worker's start: it can't ask, so a change that looks like a mistake is not applied. */
import { expect, it } from '@jest/globals';
import type { TellOwners } from '../../src/activities/ownerNotice';
import { NO_CACHE_INVALIDATION } from '../support/cacheInvalidation';
import { applyCatalogueFile, tellOwnersOfQuestions } from '../../src/worker/applyCatalogueFile';
import { catalogue, useShop } from '../storage/postgres/shopDatabase';

const shop = useShop();
const apply = (draft: object) =>
  applyCatalogueFile({ ...catalogue(), ...draft } as never, {
    pool: shop.pool,
    logger: { info: () => undefined, error: () => undefined } as never,
    cacheInvalidation: NO_CACHE_INVALIDATION,
  });
const prices = async () =>
  (await shop.catalogue.activePlans()).map(({ code, priceKopecks }) => `${code} ${priceKopecks}`);

it('an ordinary change is applied; one that looks like a slip leaves everything as it was, and says what to confirm', async () => {
  const plans = catalogue().plans;
  expect(await apply({ plans: plans.map((plan) => ({ ...plan, priceKopecks: plan.priceKopecks + 100 })) })).toEqual([]);
  const before = await prices();
  const questions = await apply({ plans: [{ ...plans[0]!, priceKopecks: 299 }] });
  expect(questions).toEqual([
    { about: 'retired', part: 'plans', retired: 3, before: 4 },
    { about: 'price', plan: 'month', currency: 'RUB', before: 20_000, after: 299 },
  ]);
  expect(await prices()).toEqual(before);

  const told: string[] = [];
  const tellOwners: TellOwners = async (kind, subject, screen) => {
    told.push(`${kind} ${subject}`, screen('ru', 'UTC').text, screen('en', 'UTC').text);
    return { told: true };
  };
  const tellAt = (at: string) => tellOwnersOfQuestions({ tellOwners, now: () => new Date(at) }, questions);
  await tellAt('2026-12-05T09:00:00Z');
  expect(told[0]).toMatch(/^attention catalogue:[0-9a-f]{12}:2026-12-05$/);
  expect(told[1]).toContain('тариф month: цена 200 ₽ → 2,99 ₽');
  expect(told[2]).toContain('plans: 3 of 4 would no longer be sold');
  // Once a day: the same slip, made again, is said again.
  await tellAt('2026-12-05T18:00:00Z');
  await tellAt('2026-12-20T09:00:00Z');
  expect([told[3], told[6]]).toEqual([told[0], told[0]!.replace('12-05', '12-20')]);
});
