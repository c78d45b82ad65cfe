import { DEFAULT_CARD, TEST_CARDS, type TestCard } from './cards';
import { PAGE_SCRIPT, PAGE_STYLE } from './checkoutAssets';
import type { StoredPayment } from './store';

const BRANDS: Record<TestCard['brand'], string> = {
  MasterCard: 'Mastercard',
  Visa: 'Visa',
  Mir: 'Мир',
  Maestro: 'Maestro',
  AmericanExpress: 'AmEx',
  JCB: 'JCB',
  DinersClub: 'Diners',
};

/** What each test card's reason means, in the words of the page. */
const REASONS: Readonly<Record<string, string>> = {
  '3d_secure_failed': 'Не пройдена проверка 3-D Secure',
  call_issuer: 'Банк просит позвонить',
  card_expired: 'Истёк срок карты',
  country_forbidden: 'Карты этой страны запрещены',
  fraud_suspected: 'Подозрение на мошенничество',
  general_decline: 'Отказ без объяснений',
  insufficient_funds: 'Недостаточно средств',
  invalid_card_number: 'Неверный номер карты',
  invalid_csc: 'Неверный код CVC',
  issuer_unavailable: 'Банк недоступен',
  payment_method_limit_exceeded: 'Превышен лимит карты',
  payment_method_restricted: 'Операции по карте запрещены',
  expired_on_confirmation: 'Время на оплату вышло',
  expired_on_capture: 'Магазин не подтвердил списание',
  canceled_by_merchant: 'Магазин отменил платёж',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function rubles(kopecks: number): string {
  const whole = String(Math.trunc(kopecks / 100)).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  const rest = kopecks % 100;
  return `${whole}${rest === 0 ? '' : `,${String(rest).padStart(2, '0')}`}\u00a0₽`;
}

function grouped(digits: string): string {
  return digits.replace(/\D/g, '').replace(/(\d{4})(?=\d)/g, '$1 ');
}

function outcome(card: TestCard): string {
  if (card.decline) return REASONS[card.decline.reason] ?? card.decline.reason;
  return card.threeDSecure ? 'Оплата пройдёт, 3-D Secure' : 'Оплата пройдёт';
}

function chip(card: TestCard): string {
  const label = `${BRANDS[card.brand]} ••${card.number.slice(-4)}`;
  return (
    `<button type="button" class="chip${card.decline ? ' bad' : ''}" data-testid="card-${card.number}" data-card="${card.number}"` +
    ` data-outcome="${escapeHtml(outcome(card))}" aria-label="${escapeHtml(`${outcome(card)}: ${label}`)}">${label}</button>`
  );
}

function rowTitle(card: TestCard): string {
  if (!card.decline) return card.threeDSecure ? 'С проверкой 3-D Secure' : 'Без проверки';
  return card.decline.party === 'yoo_money' ? `${outcome(card)} (решение ЮKassa)` : outcome(card);
}

function cardRows(cards: readonly TestCard[]): string {
  const rows = new Map<string, TestCard[]>();
  for (const card of cards) {
    const title = rowTitle(card);
    rows.set(title, [...(rows.get(title) ?? []), card]);
  }
  return [...rows]
    .map(
      ([title, row]) =>
        `<div class="row"><span>${escapeHtml(title)}</span><div class="chips">${row.map(chip).join('')}</div></div>`,
    )
    .join('');
}

function page(title: string, body: string): string {
  return (
    `<!doctype html><html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body><main>` +
    `<header><b>Оплата</b><span class="badge">Тестовый режим</span></header>${body}</main></body></html>`
  );
}

function order(payment: StoredPayment): string {
  return (
    `<section class="order"><div class="amount" data-testid="amount">${rubles(payment.amountKopecks)}</div>` +
    `<div class="what" data-testid="description">${escapeHtml(payment.description ?? 'Оплата заказа')}</div></section>`
  );
}

/** The page on which the buyer picks a card. `deadline` in Unix ms; `again` after a card that did not work. */
export function payPage(payment: StoredPayment, deadline: number, again?: { card: string; error: string }): string {
  const until = new Date(deadline).toLocaleTimeString('ru-RU', {
    timeZone: 'Europe/Moscow',
    hour: '2-digit',
    minute: '2-digit',
  });
  const alert = again ? `<p class="alert" role="alert" data-testid="error">${escapeHtml(again.error)}</p>` : '';
  // The form posts to this very address, wherever a proxy may have put it.
  return page(
    'Оплата картой',
    `${order(payment)}<form method="post" id="form">${alert}` +
      `<label for="card">Номер карты</label>` +
      `<input id="card" name="card" data-testid="card-input" inputmode="numeric" autocomplete="off" maxlength="23"` +
      ` value="${escapeHtml(grouped(again?.card ?? DEFAULT_CARD))}">` +
      (payment.saving === 'buyer-decides'
        ? `<label class="hint"><input type="checkbox" name="save" value="1" data-testid="save" style="width:auto"> Сохранить карту для следующих оплат</label>`
        : '') +
      `<p class="hint">Выберите карту ниже. Деньги не настоящие, срок и CVC не нужны.</p>` +
      `<div class="list"><h2>Оплата пройдёт</h2>${cardRows(TEST_CARDS.filter((card) => !card.decline))}` +
      `<h2>Оплата не пройдёт</h2>${cardRows(TEST_CARDS.filter((card) => card.decline))}</div>` +
      `<div class="actions"><p class="hint" id="hint" data-testid="outcome" aria-live="polite" hidden></p>` +
      `<button class="pay" name="action" value="pay" data-testid="pay">Оплатить ${rubles(payment.amountKopecks)}</button>` +
      `<button class="leave" name="action" value="leave" data-testid="leave">Уйти без оплаты</button>` +
      `<p class="until">Можно оплатить до ${until} по Москве</p></div></form><script>${PAGE_SCRIPT}</script>`,
  );
}

/** The page of a payment that can't be paid any more, with a link back where the payment has a return_url. */
export function finishedPage(payment: StoredPayment): string {
  const reason = REASONS[payment.cancellation?.reason ?? ''] ?? 'Платёж отменён';
  const { title, tone, mark, text } = {
    // Only reached by leaving a payment that has no return_url.
    pending: { title: 'Не оплачено', tone: '', mark: '…', text: 'Платёж ещё не оплачен.' },
    waiting_for_capture: {
      title: 'Оплачено',
      tone: 'good',
      mark: '✓',
      text: 'Деньги на карте заморожены. Вернитесь в магазин.',
    },
    succeeded: { title: 'Оплачено', tone: 'good', mark: '✓', text: 'Платёж оплачен. Вернитесь в магазин.' },
    canceled: {
      title: 'Платёж отменён',
      tone: 'bad',
      mark: '✕',
      text: `${reason}. Деньги не списаны: вернитесь в магазин и начните заново.`,
    },
  }[payment.status];
  const back =
    payment.confirmation?.return_url === undefined
      ? ''
      : `<form method="post" class="actions"><button class="pay" name="action" value="leave" data-testid="leave">Вернуться в магазин</button></form>`;
  return page(
    title,
    `${order(payment)}<section class="end ${tone}" data-testid="finished" data-status="${payment.status}">` +
      `<div class="mark" aria-hidden="true">${mark}</div><p>${escapeHtml(text)}</p></section>${back}`,
  );
}

export function unknownPage(): string {
  return page(
    'Платёж не найден',
    `<section class="end bad" data-testid="finished"><div class="mark" aria-hidden="true">?</div>` +
      `<p>Такого платежа нет. Вернитесь в магазин и откройте ссылку заново.</p></section>`,
  );
}
