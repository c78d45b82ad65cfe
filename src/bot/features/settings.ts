import { Composer } from 'grammy';
import { plain } from '../../messages/locales/index';
import { settingsScreen } from '../../messages/screens/receipt';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { answer, show, showBelow, showHere } from '../show';
import type { Features } from './features';
import { stepScreen } from './stepScreen';

/** `/settings`: where receipts go, to be changed or forgotten. Also takes the text that says it. */
export function settingsFeature({ sessions, receiptContacts, purchaseDialog }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const settings = async (ctx: BotContext): Promise<Screen> =>
    settingsScreen(
      { contact: await receiptContacts.stored(ctx.visit.userId), accepted: receiptContacts.accepted },
      ctx.visit.language,
    );

  composer.command('settings', async (ctx) => showBelow(ctx, await settings(ctx), sessions));
  onAction(composer, 'settings', async (ctx, { where }) => show(ctx, await settings(ctx), where, sessions));
  onAction(composer, 'change-contact', async (ctx) => {
    const step = await purchaseDialog.changeContact(ctx.visit.userId);
    await showHere(ctx, stepScreen(step, ctx.visit.language));
  });
  onAction(composer, 'forget-contact', async (ctx) => {
    await receiptContacts.forget(ctx.visit.userId);
    await answer(ctx, plain(ctx.visit.language, 'toast-contact-forgotten'));
    await showHere(ctx, await settings(ctx));
  });

  composer.on('message:text', async (ctx, next) => {
    const step = await purchaseDialog.contact(ctx.visit.userId, ctx.message.text);
    if (step === undefined) return next();
    await showBelow(ctx, stepScreen(step, ctx.visit.language), sessions);
  });
  return composer;
}
