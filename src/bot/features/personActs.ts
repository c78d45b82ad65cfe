import { Composer } from 'grammy';
import { plain } from '../../messages/locales/index';
import { blockSureScreen, eraseSureScreen, forfeitSureScreen, personScreen } from '../../messages/screens/person';
import { onAction } from '../actions';
import { operatorOf } from '../operator';
import type { BotContext } from '../context';
import { answer, answerOutdated, showHere } from '../show';
import type { Features } from './features';

type Used = Pick<Features, 'peopleDesk' | 'cachedQueries'>;

/** One person at the desk: blocking them, a reward that was got by fraud, and removing their data. */
export function personActsFeature({ peopleDesk, cachedQueries }: Used): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const by = (ctx: BotContext) => ({ actor: operatorOf(ctx) });

  const showPerson = async (ctx: BotContext, userId: number): Promise<void> => {
    const card = await peopleDesk.card(userId);
    if (!card) return answerOutdated(ctx);
    await answer(ctx);
    const { language, timeZone } = ctx.visit;
    await showHere(ctx, personScreen({ ...card, timeZone }, language));
  };
  /** Says what came of it, and shows the person as they are now. */
  const done = async (ctx: BotContext, userId: number, outcome: string, needed: readonly string[] = []) => {
    const { language } = ctx.visit;
    // Their next tap reads them anew, in every replica.
    await cachedQueries.invalidateUser(userId);
    if (outcome === 'done') await answer(ctx, plain(language, 'toast-decided'));
    else
      await answer(ctx, plain(language, 'alert-person-refused', { why: outcome, needed: needed.join(' ') }), {
        alert: true,
      });
    await showPerson(ctx, userId);
  };

  onAction(composer, 'person', (ctx, { user }) => showPerson(ctx, user));

  onAction(composer, 'block', async (ctx, question) => {
    await answer(ctx);
    await showHere(ctx, blockSureScreen(question, ctx.visit.language));
  });
  onAction(composer, 'block-sure', async (ctx, { user: userId, reason }) => {
    const { outcome } = await peopleDesk.block({ userId, reason }, by(ctx));
    await done(ctx, userId, outcome);
  });
  onAction(composer, 'unblock', async (ctx, { user }) => {
    const { outcome } = await peopleDesk.unblock(user, by(ctx));
    await done(ctx, user, outcome);
  });

  onAction(composer, 'erase', async (ctx, { user }) => {
    await answer(ctx);
    await showHere(ctx, eraseSureScreen(user, ctx.visit.language));
  });
  onAction(composer, 'erase-sure', async (ctx, { user }) => {
    const erased = await peopleDesk.erase(user, by(ctx));
    await done(ctx, user, erased.outcome, erased.outcome === 'needed' ? erased.for : []);
  });

  onAction(composer, 'forfeit', async (ctx, { reward: id }) => {
    const reward = await peopleDesk.reward(id);
    if (!reward) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, forfeitSureScreen(reward, ctx.visit.language));
  });
  onAction(composer, 'forfeit-sure', async (ctx, { reward: id }) => {
    const { outcome } = await peopleDesk.forfeit(id, by(ctx));
    const reward = await peopleDesk.reward(id);
    if (!reward) return answerOutdated(ctx);
    await done(ctx, reward.userId, outcome);
  });
  return composer;
}
