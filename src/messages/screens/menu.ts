import type { PlanGrant } from '../../domain/grant';
import type { Language } from '../../domain/language';
import { isOpen, type Payment } from '../../domain/payment';
import type { TrialOffer } from '../../domain/trial';
import { plain, t, tame } from '../locales/index';
import { amountOf } from './amounts';
import { button, giftsButton, keyboard, subscriptionsButton, supportButton } from './buttons';
import type { Screen } from './screen';
import { trialLabel, trialPrice } from './trial';
import { grantWords, inLanguage, paragraphs } from './wording';

/** What the menu reminds this person of. */
export interface MenuHints {
  /** A payment that can still be paid, or whose key is not delivered yet. */
  readonly payment: Payment | undefined;
  readonly dialog: boolean;
  /** What this person is offered to try the shop. */
  readonly trial?: (PlanGrant & Pick<TrialOffer, 'priceKopecks'>) | undefined;
  /** Whether a gift can be bought, or was while it could; default: it can. */
  readonly gifts?: 'sold' | 'given' | 'none';
  /** The shop rewards who invites friends. */
  readonly invites?: boolean;
  /** They are an owner of the shop. */
  readonly isOwner?: boolean;
}

const NOTHING: MenuHints = { payment: undefined, dialog: false };

/** `/start`: introduces the shop, and offers to continue what was left unfinished. */
export function welcomeScreen(firstName: string, language: Language, hints: MenuHints = NOTHING): Screen {
  return withMenu(t(language, 'welcome', { name: tame(firstName, 64) || '🙂' }), language, hints);
}

export function menuScreen(language: Language, hints: MenuHints = NOTHING): Screen {
  return withMenu(t(language, 'menu'), language, hints);
}

/** A short text with the menu below it. `key` names a text without arguments. */
export function noticeWithMenu(
  key:
    | 'unknown-message'
    | 'nothing-to-cancel'
    | 'cancelled-dialog'
    | 'contact-saved'
    | 'promo-dropped'
    | 'invitation-late'
    | 'invitation-own',
  language: Language,
  hints: MenuHints = NOTHING,
): Screen {
  return withMenu(t(language, key), language, hints);
}

function withMenu(
  text: string,
  language: Language,
  { payment, dialog, trial, invites, gifts = 'sold', isOwner }: MenuHints,
): Screen {
  const parts = [
    text,
    payment &&
      t(language, isOpen(payment.status) ? 'menu-unfinished-payment' : 'subscriptions-unfinished', {
        plan: inLanguage(payment.planName, language),
        price: amountOf(payment, payment.priceKopecks, language),
      }),
    dialog ? t(language, 'menu-unfinished-dialog') : undefined,
    trial && t(language, 'menu-trial', { ...grantWords(language, trial), ...trialPrice(trial, language) }),
  ];
  return {
    text: paragraphs(...parts),
    keyboard: keyboard(
      [isOwner === true ? button(plain(language, 'button-desk'), { do: 'desk' }) : undefined],
      [payment && button(plain(language, 'button-open-payment'), { do: 'show', payment: payment.id })],
      [dialog ? button(plain(language, 'button-continue'), { do: 'continue' }) : undefined],
      [trial && button(trialLabel(trial, language), { do: 'trial' })],
      [button(plain(language, 'button-buy'), { do: 'buy', page: 0 })],
      [subscriptionsButton(language, 'here')],
      [gifts === 'sold' ? button(plain(language, 'button-give'), { do: 'give' }) : undefined],
      [gifts === 'given' ? giftsButton(language) : undefined],
      [
        button(plain(language, 'button-promo'), { do: 'promo' }),
        button(plain(language, 'button-voucher-enter'), { do: 'enter-voucher' }),
      ],
      [button(plain(language, 'button-help'), { do: 'help', where: 'here' }), supportButton(language, 'here')],
      [
        button(plain(language, 'button-language'), { do: 'language' }),
        button(plain(language, 'button-terms'), { do: 'terms' }),
      ],
      [
        invites === true ? button(plain(language, 'button-referral'), { do: 'invite', where: 'here' }) : undefined,
        button(plain(language, 'button-settings'), { do: 'settings', where: 'here' }),
      ],
    ),
  };
}
