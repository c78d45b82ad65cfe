/**
 * The steps of a purchase, a renewal, a refund and a gift that have an effect, and how each looks on the wire. A step's effect
 * is where somebody else has recorded it: PostgreSQL at the statement's commit, YooKassa, a panel or Telegram at its
 * answer.
 */
import type { Dependency } from '../environment/environment';

/**
 * A refund is of a purchase that could not be delivered. A gift is bought, claimed, or returned to its giver; a gift
 * refund is one after the claim, a reward refund one of a friend's purchase after both have had their reward for it.
 */
export const FLOWS = [
  ...(['purchase', 'renewal', 'refund'] as const),
  ...(['gift', 'claim', 'return', 'gift refund', 'reward refund'] as const),
];
export type FlowName = (typeof FLOWS)[number];
export type Moment = 'before' | 'after';

export interface Step {
  readonly name: string;
  readonly by: 'worker' | 'bot';
  readonly on: Dependency;
  /** Matches the request of the step. */
  readonly asks: RegExp;
  /** The request does not tell whose step it is, so the first one of any buyer counts. */
  readonly anybodys?: true;
  readonly flows: readonly FlowName[];
}

/**
 * The bot's steps are the same in every flow, and a refund begins as a purchase does: such steps are tested once only.
 */
const BOUGHT = ['purchase'] as const;
const DELIVERED = ['purchase', 'renewal'] as const;
const REFUNDED = ['refund'] as const;
const GIVEN = ['gift'] as const;
const TOLD = ['purchase', 'renewal', 'gift', 'claim'] as const;
const PAID_BACK = ['refund', 'gift refund'] as const;

export const STEPS: readonly Step[] = [
  { name: 'the order is recorded', by: 'bot', on: 'postgres', asks: /INSERT INTO payments /, flows: BOUGHT },
  { name: 'its workflow is started', by: 'bot', on: 'temporal', asks: /payment-[0-9a-f]{8}-/, flows: BOUGHT },
  {
    name: 'the call for a payment is stored',
    by: 'worker',
    on: 'postgres',
    asks: /INSERT INTO provider_requests[^]*create-payment/,
    flows: DELIVERED,
  },
  {
    name: 'YooKassa creates the payment',
    by: 'worker',
    on: 'yookassa',
    asks: /POST \/v3\/payments /,
    flows: DELIVERED,
  },
  {
    name: 'the link is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE payments SET provider_ref/,
    flows: DELIVERED,
  },
  {
    name: 'the link is shown',
    by: 'worker',
    on: 'telegram',
    asks: /POST \/bot[^ ]+\/(editMessageText|sendMessage) /,
    flows: DELIVERED,
  },
  {
    name: 'the money is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE payments SET status = 'paid'/,
    flows: DELIVERED,
  },
  {
    name: 'the panel is told',
    by: 'worker',
    on: 'panel',
    asks: /(POST|PATCH|PUT) \/[^ ]+\/api\/v2\/admin\/user\//,
    flows: [...DELIVERED, 'claim'],
  },
  {
    name: 'the delivery is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE payments SET status = 'issued'/,
    flows: DELIVERED,
  },
  { name: 'the key is sent', by: 'worker', on: 'telegram', asks: /POST \/bot[^ ]+\/sendPhoto /, flows: TOLD },
  {
    name: 'the key’s message is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /INSERT INTO notifications/,
    flows: TOLD,
  },
  {
    name: 'the delay is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE payments SET status = \$2[^]*panel-unavailable/,
    flows: REFUNDED,
  },
  {
    name: 'the refund is decided',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE payments SET status = 'refunding'/,
    flows: PAID_BACK,
  },
  {
    name: 'the call for a refund is stored',
    by: 'worker',
    on: 'postgres',
    asks: /INSERT INTO provider_requests[^]*create-refund/,
    flows: PAID_BACK,
  },
  {
    name: 'YooKassa refunds the money',
    by: 'worker',
    on: 'yookassa',
    asks: /POST \/v3\/refunds /,
    flows: PAID_BACK,
  },
  {
    name: 'the refund is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE refunds SET provider_ref/,
    flows: PAID_BACK,
  },
  {
    name: 'the end of the refund is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE payments SET status = 'refunded'/,
    flows: PAID_BACK,
  },
  {
    name: 'the access is revoked',
    by: 'worker',
    on: 'panel',
    asks: /DELETE \/[^ ]+\/api\/v2\/admin\/user\//,
    anybodys: true,
    flows: PAID_BACK,
  },
  {
    name: 'the end of the access is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE access_revocations SET confirmed_at = coalesce/,
    anybodys: true,
    flows: PAID_BACK,
  },
  {
    name: 'the gift is made',
    by: 'worker',
    on: 'postgres',
    asks: /INSERT INTO vouchers/,
    flows: GIVEN,
  },
  {
    name: 'the claim is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE vouchers SET status = 'claimed'/,
    flows: ['claim'],
  },
  {
    name: 'the gift’s delivery is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE free_grants SET status = 'issued'/,
    anybodys: true,
    flows: ['claim'],
  },
  {
    name: 'the return is recorded',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE vouchers SET returned_at/,
    flows: ['return'],
  },
  {
    name: 'the return is told',
    by: 'worker',
    on: 'telegram',
    asks: /POST \/bot[^ ]+\/sendMessage /,
    flows: ['return'],
  },
  {
    name: 'the reward is revoked',
    by: 'worker',
    on: 'postgres',
    asks: /UPDATE referral_rewards SET status = \$2, owed_days/,
    anybodys: true,
    flows: ['reward refund'],
  },
];
