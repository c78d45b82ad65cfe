import { byId, h, icon, refill } from './dom.js';
import { clock, money } from './format.js';
import { hasText, t } from './i18n.js';

/** The status of a payment: the shop's if Temporal answers, else YooKassa's. @param {any} payment */
function standing(payment) {
  if (payment.refunded) return 'refunded';
  return payment.workflow?.paymentStatus ?? payment.status;
}

/** The newest payments are told with their steps. */
const IN_FULL = 2;

const TONE = {
  issued: 'good',
  paid: 'good',
  succeeded: 'good',
  refunded: 'plain',
  canceled: 'plain',
  expired: 'plain',
  refunding: 'warn',
  delayed: 'warn',
};

/** @param {any} payment @param {string} state @param {boolean} paid */
function keyStep(payment, state, paid) {
  if (state === 'issued') return 'done';
  if (!paid || payment.workflow?.status !== 'RUNNING') return 'later';
  return state === 'delayed' ? 'stuck' : 'now';
}

/** Three steps, each `done`, `now`, `stuck`, `bad` or `later`. @param {any} payment */
function steps(payment) {
  const state = standing(payment);
  const paid = payment.status === 'succeeded' || payment.status === 'waiting_for_capture';
  const over = payment.status === 'canceled';
  const back = state === 'refunding' || state === 'refunded';
  return [
    { name: 'stepLink', as: 'done' },
    { name: 'stepMoney', as: paid ? 'done' : over ? 'bad' : 'now' },
    back
      ? { name: 'stepRefund', as: state === 'refunded' ? 'done' : 'now' }
      : { name: 'stepKey', as: keyStep(payment, state, paid) },
  ];
}

/** @param {any} payment @param {boolean} workerDown */
function says(payment, workerDown) {
  const state = standing(payment);
  const running = payment.workflow?.status === 'RUNNING';
  if (running && workerDown) return t('workerDownNote');
  if (['FAILED', 'TERMINATED', 'TIMED_OUT'].includes(payment.workflow?.status)) return t('workflowFailed');
  if (hasText(`say_${state}`)) return t(`say_${state}`);
  return t(
    payment.status === 'succeeded'
      ? 'say_paySucceeded'
      : payment.status === 'canceled'
        ? 'say_payCanceled'
        : 'say_payPending',
  );
}

/** @param {any} payment @param {{ workerDown: boolean, buyerId: string }} context */
function paymentElement(payment, { workerDown, buyerId }) {
  const state = standing(payment);
  const mine = String(payment.workflow?.telegramId) === buyerId;
  const name = payment.workflow?.id ?? payment.orderId;
  return h(
    'li',
    { class: 'payment', data: { testid: 'payment', state } },
    h(
      'div',
      { class: 'payment-head' },
      h('b', { class: 'sum' }, money(payment.amount, payment.currency)),
      h('span', { class: `chip ${TONE[state] ?? 'busy'}` }, hasText(`status_${state}`) ? t(`status_${state}`) : state),
      mine && h('span', { class: 'chip mine' }, t('yours')),
      h('time', { datetime: payment.createdAt }, clock(payment.createdAt)),
    ),
    payment.description && h('p', { class: 'what' }, payment.description),
    h(
      'ol',
      { class: 'steps' },
      ...steps(payment).map(({ name: step, as }) =>
        h('li', { class: as }, h('i', {}, as === 'done' ? icon('check') : as === 'bad' ? icon('close') : ''), t(step)),
      ),
    ),
    h('p', { class: 'says' }, says(payment, workerDown)),
    payment.twins > 0 && h('p', { class: 'says bad' }, t('twins')),
    payment.workflow?.url
      ? h(
          'a',
          {
            class: 'workflow',
            href: payment.workflow.url,
            target: '_blank',
            rel: 'noopener noreferrer',
            data: { testid: 'workflow-link' },
          },
          h('span', {}, t('openWorkflow')),
          icon('out'),
          h('code', {}, name),
        )
      : h('p', { class: 'workflow' }, h('code', {}, name)),
  );
}

/** An older one in two lines, so that the panels stay in sight. @param {any} payment @param {string} buyerId */
function olderElement(payment, buyerId) {
  const element = paymentElement(payment, { workerDown: false, buyerId });
  element.classList.add('older');
  for (const part of element.querySelectorAll('.steps, .what, .says:not(.bad)')) part.remove();
  return element;
}

function guide() {
  return h(
    'div',
    { class: 'guide' },
    h('h3', {}, t('guide')),
    h('ol', {}, ...[1, 'Trial', 2, 'Promo', 3, 4, 'Gift', 'Invite'].map((step) => h('li', {}, t(`guide${step}`)))),
  );
}

/** @param {any} overview @param {string} buyerId */
export function showPayments(overview, buyerId) {
  const { reachable, payments } = overview.payments;
  const workerDown = overview.processes.list.some((process) => process.name === 'worker' && process.state === 'down');
  refill(
    byId('payments'),
    !reachable
      ? h('p', { class: 'away' }, t('yookassaAway'))
      : payments.length === 0
        ? guide()
        : h(
            'ol',
            { class: 'payments' },
            ...payments.map((payment, index) =>
              index < IN_FULL ? paymentElement(payment, { workerDown, buyerId }) : olderElement(payment, buyerId),
            ),
          ),
  );
}
