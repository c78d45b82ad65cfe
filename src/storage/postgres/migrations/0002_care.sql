-- Up Migration
-- What the scheduled jobs need to look after subscriptions for years: what the panel has confirmed of an end, what it shows,
-- how fast we may write to people, how far the comparison with YooKassa's lists has come, and what nobody could explain.

ALTER TABLE subscriptions
  ADD COLUMN closed_at           timestamptz,
  -- Set before the panel is told to disable the account, cleared when the record and the panel agree again. Found on a living
  -- subscription it means: a renewal came in between, tell the panel once more that he may in.
  ADD COLUMN panel_closing_since timestamptz,
  -- The end for which the panel has confirmed the account disabled; a renewal makes a new end, so nothing has to be reset.
  ADD COLUMN panel_closed_for    timestamptz;
CREATE INDEX subscriptions_to_close_on_panel ON subscriptions (server_code, id) WHERE status = 'expired' AND panel_closed_for IS DISTINCT FROM expires_at;
CREATE INDEX subscriptions_to_reopen ON subscriptions (server_code, id) WHERE panel_closing_since IS NOT NULL AND status IN ('pending', 'active');
CREATE INDEX subscriptions_closed ON subscriptions (closed_at, id) WHERE status = 'expired';
-- The sync reads a server's accounts in the order of their ids.
CREATE INDEX subscriptions_of_server ON subscriptions (server_code, id) WHERE status <> 'revoked';
CREATE INDEX payments_of_subscription ON payments (subscription_id) WHERE subscription_id IS NOT NULL;

-- What the panel last showed of an account. A table of its own: it is rewritten all day, the subscriptions are not.
CREATE TABLE subscription_usage (
  subscription_id uuid PRIMARY KEY REFERENCES subscriptions,
  used_gb         double precision NOT NULL,
  panel_enabled   boolean     NOT NULL,
  panel_active    boolean     NOT NULL,
  -- In the panel's own time zone, which it does not tell.
  last_online     text,
  changed_at      timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

-- One line for each time a panel was read.
CREATE TABLE panel_samples (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_code  text        NOT NULL REFERENCES servers,
  at           timestamptz NOT NULL DEFAULT now(),
  users        int         NOT NULL,
  online       int,
  cpu_percent  double precision,
  memory_used  double precision,
  disk_used    double precision,
  free_places  int,
  traffic_gb   double precision NOT NULL
);
CREATE INDEX panel_samples_of_server ON panel_samples (server_code, at DESC);

-- What a run of the sync found different, kept for its repair and for people.
CREATE TABLE panel_drift (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id          text        NOT NULL,
  server_code     text        NOT NULL REFERENCES servers,
  kind            text        NOT NULL,
  subscription_id uuid,
  panel_user_id   uuid        NOT NULL,
  found_at        timestamptz NOT NULL DEFAULT now(),
  repaired_at     timestamptz,
  outcome         text,
  UNIQUE (run_id, server_code, panel_user_id)
);
CREATE INDEX panel_drift_by_age ON panel_drift (found_at);

-- When the next message that can wait may go out, for all workers together.
CREATE TABLE telegram_pace (
  lane    text PRIMARY KEY,
  next_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Up to when YooKassa's lists have been compared with our record without a gap.
CREATE TABLE reconciliation_marks (
  name          text PRIMARY KEY,
  covered_until timestamptz NOT NULL
);

-- Money that the record can't explain; each is raised once and stays until a person has resolved it.
CREATE TABLE money_anomalies (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text        NOT NULL,
  -- YooKassa's id of the payment or refund.
  yookassa_id text        NOT NULL,
  payment_id  uuid REFERENCES payments,
  kopecks     int,
  found_at    timestamptz NOT NULL DEFAULT now(),
  told_at     timestamptz,
  resolved_at timestamptz,
  UNIQUE (kind, yookassa_id)
);
CREATE INDEX money_anomalies_open ON money_anomalies (id) WHERE resolved_at IS NULL;

-- Old messages: no longer in the way of the living ones, still there for support.
CREATE TABLE notifications_archive (LIKE notifications);
ALTER TABLE notifications_archive ADD COLUMN archived_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX notifications_archive_of_user ON notifications_archive (user_id, id);
CREATE INDEX notifications_by_age ON notifications (created_at, id);
CREATE INDEX webhook_events_by_age ON webhook_events (received_at) WHERE handled_at IS NOT NULL;
