import { Composer } from 'grammy';
import { deskActOf, deskSubjectOf } from '../../messages/deskActs';
import { plain, t } from '../../messages/locales/index';
import { menuButton, keyboard } from '../../messages/screens/buttons';
import type { DeskAct } from '../../domain/staff';
import type { BotContext } from '../context';
import { answer, showBelow } from '../show';
import { adminFeature } from './admin';
import { daysFeature } from './days';
import type { Features } from './features';
import { grantCasesFeature } from './grantCases';
import { numbersFeature } from './numbers';
import { outagesFeature } from './outages';
import { panelsFeature } from './panels';
import { peopleFeature } from './people';
import { personActsFeature } from './personActs';
import { unhandledFeature } from './unhandled';

/** What an update asks of the desk, and of what; `undefined`: nothing. */
function askedOf(ctx: BotContext): { readonly act: DeskAct; readonly subject: string | null } | undefined {
  const { action } = ctx.visit;
  if (action !== undefined) {
    const act = deskActOf(action);
    return act && { act, subject: deskSubjectOf(action) };
  }
  if (!ctx.hasCommand('admin')) return undefined;
  return { act: String(ctx.match).trim() === '' ? 'overview' : 'people', subject: null };
}

/**
 * The owner's desk in the chat. Whatever it does goes through one guard, which reads the person's role anew and refuses
 * what the role may not do, whatever button it was sent with; the features below decide nothing of that. For people
 * without a role neither the command nor the buttons exist.
 */
export function deskFeature(features: Features): Composer<BotContext> {
  const { deskAccess, sessions } = features;
  const composer = new Composer<BotContext>();
  const desk = composer.filter((ctx) => askedOf(ctx) !== undefined);
  const stranger = unhandledFeature(features).middleware();

  desk.use(async (ctx, next) => {
    const { act, subject } = askedOf(ctx)!;
    const { userId, language } = ctx.visit;
    const admission = await deskAccess.admit(userId, act, subject);
    if ('role' in admission) {
      ctx.visit.role = admission.role;
      return next();
    }
    if (admission.refused === 'no-role') return stranger(ctx, next);
    if (ctx.callbackQuery) return answer(ctx, plain(language, 'desk-not-allowed'), { alert: true });
    await showBelow(
      ctx,
      { text: t(language, 'desk-not-allowed'), keyboard: keyboard([menuButton(language)]) },
      sessions,
    );
  });
  desk.use(
    adminFeature(features),
    peopleFeature(features),
    daysFeature(features),
    personActsFeature(features),
    numbersFeature(features),
    grantCasesFeature(features),
    outagesFeature(features),
    panelsFeature(features),
  );
  return composer;
}
