-- Up Migration
-- Money that goes back after a purchase was delivered, in whole or in part, by the shop or in YooKassa's cabinet; and who may take
-- over when a server is away.

ALTER TABLE payments
  -- Of this payment's own money: what has gone back or is on its way, and what that took back of what was bought.
  ADD COLUMN returned_kopecks int    NOT NULL DEFAULT 0 CHECK (returned_kopecks >= 0),
  ADD COLUMN returned_ms      bigint NOT NULL DEFAULT 0 CHECK (returned_ms >= 0),
  ADD COLUMN returned_gb      int    NOT NULL DEFAULT 0 CHECK (returned_gb >= 0);
UPDATE payments SET returned_kopecks = price_kopecks, returned_ms = days * 86400000::bigint, returned_gb = coalesce(traffic_gb, 0)
WHERE status IN ('refunding', 'refunded') AND subscription_id IS NOT NULL;

ALTER TABLE refunds
  -- Who follows it to its end: the payment's own workflow, the refund workflow, or nobody, because it was made outside the shop.
  ADD COLUMN keeper         text NOT NULL DEFAULT 'payment' CHECK (keeper IN ('payment', 'refund', 'outside')),
  -- For money that buys nothing (a second payment for one order, one after its end): which of YooKassa's payments goes back.
  ADD COLUMN of_yookassa_id text,
  -- Names the wish it came from, so that a repeated wish finds it.
  ADD COLUMN order_id       uuid UNIQUE,
  -- When nothing was left to do about it: the money is back, and said so; or another attempt has taken its place.
  ADD COLUMN settled_at     timestamptz;
CREATE UNIQUE INDEX refunds_one_of_stray ON refunds (of_yookassa_id) WHERE of_yookassa_id IS NOT NULL AND status <> 'canceled';
CREATE INDEX refunds_unsettled ON refunds (created_at) WHERE keeper = 'refund' AND settled_at IS NULL;

-- After how long another server of the location may make the key of one that is away; without it only the buyer says so.
ALTER TABLE locations ADD COLUMN take_over_after_ms bigint CHECK (take_over_after_ms > 0);
