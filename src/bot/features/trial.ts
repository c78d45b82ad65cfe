import { Composer } from 'grammy';
import type { Language } from '../../domain/language';
import type { Screen } from '../../messages/screens/screen';
import { trialAskedScreen, trialScreen, trialStageScreen } from '../../messages/screens/trial';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { askedHere, showHere } from '../show';
import type { TrialLook } from '../useCases/trial';
import type { Features } from './features';
import { stepScreen } from './stepScreen';

/** What a new person is offered to try the shop. The worker edits the message in which they took it. */
export function trialFeature({
  trials,
  purchaseDialog,
  sessions,
}: Pick<Features, 'trials' | 'purchaseDialog' | 'sessions'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const showLook = async (ctx: BotContext, look: TrialLook): Promise<void> => {
    const { language } = ctx.visit;
    await showHere(ctx, lookScreen(look, language));
  };

  onAction(composer, 'trial', async (ctx) => showLook(ctx, await trials.look(ctx.visit.userId)));

  onAction(composer, 'take-trial', async (ctx, { location, terms }) => {
    const { userId, language } = ctx.visit;
    const asked = askedHere(ctx, (isAsked) => trialAskedScreen({ location, terms, isAsked }, language), sessions);
    const tap = await trials.take(userId, location, terms, asked);
    if (tap.look === 'order') {
      const step = await purchaseDialog.orderTrial(userId, location);
      return void (await showHere(ctx, stepScreen(step, language)));
    }
    if (tap.look !== 'asked') return showLook(ctx, tap);
  });
  return composer;
}

function lookScreen(look: TrialLook, language: Language): Screen {
  switch (look.look) {
    case 'offer':
      return trialScreen(look.offer, look.places, language);
    case 'being-made':
      // It is theirs: a tap finds it again, whatever is offered by then.
      return trialAskedScreen({ location: look.location, terms: 'theirs', isAsked: true }, language);
    case 'stage':
      return trialStageScreen(look.stage, language);
  }
}
