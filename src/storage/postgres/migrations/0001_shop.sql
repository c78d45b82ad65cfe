-- Up Migration
-- The shop's record. Money is integer kopecks, instants are timestamptz. Effects are recorded where they happened:
-- "a row exists" never means "the effect was done"; the columns *_at say that.

CREATE TABLE users (
  telegram_id    bigint PRIMARY KEY,
  first_name     text        NOT NULL DEFAULT '',
  username       text,
  language       text        NOT NULL DEFAULT 'ru' CHECK (language IN ('ru', 'en')),
  time_zone      text        NOT NULL DEFAULT 'Europe/Moscow',
  -- The bot cannot write to this person (blocked it, deleted the account); cleared when he comes back.
  unreachable_at timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE locations (
  code       text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,20}$'),
  name_ru    text        NOT NULL,
  name_en    text        NOT NULL,
  flag       text        NOT NULL DEFAULT '',
  position   int         NOT NULL DEFAULT 0,
  active     boolean     NOT NULL DEFAULT true,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE servers (
  code             text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,20}$'),
  location_code    text        NOT NULL REFERENCES locations,
  name             text        NOT NULL,
  panel_admin_url  text        NOT NULL,
  panel_api_key    text        NOT NULL,
  panel_client_url text        NOT NULL,
  capacity         int CHECK (capacity >= 0),
  position         int         NOT NULL DEFAULT 0,
  active           boolean     NOT NULL DEFAULT true,
  updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX servers_of_location ON servers (location_code) WHERE active;

CREATE TABLE plans (
  code          text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,20}$'),
  name_ru       text        NOT NULL,
  name_en       text        NOT NULL,
  days          int         NOT NULL CHECK (days BETWEEN 1 AND 3650),
  traffic_gb    int CHECK (traffic_gb > 0),
  price_kopecks int         NOT NULL CHECK (price_kopecks >= 100),
  currency      text        NOT NULL DEFAULT 'RUB' CHECK (currency = 'RUB'),
  position      int         NOT NULL DEFAULT 0,
  active        boolean     NOT NULL DEFAULT true,
  updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE subscriptions (
  id            uuid PRIMARY KEY,
  user_id       bigint      NOT NULL REFERENCES users,
  location_code text        NOT NULL REFERENCES locations,
  server_code   text        NOT NULL REFERENCES servers,
  plan_code     text        NOT NULL,
  -- Chosen by us before the panel hears of it, so that a repeated call finds the same account.
  panel_user_id uuid        NOT NULL UNIQUE,
  starts_at     timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL CHECK (expires_at > starts_at),
  traffic_gb    int,
  status        text        NOT NULL CHECK (status IN ('pending', 'active', 'expired', 'revoked')),
  -- What the panel has confirmed; differs from expires_at while a renewal is being delivered.
  panel_expires_at timestamptz,
  delivered_at  timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subscriptions_of_user ON subscriptions (user_id, created_at DESC);
CREATE INDEX subscriptions_on_server ON subscriptions (server_code) WHERE status IN ('pending', 'active');
CREATE INDEX subscriptions_by_expiry ON subscriptions (expires_at, id) WHERE status = 'active';

CREATE TABLE payments (
  id                    uuid PRIMARY KEY,
  user_id               bigint      NOT NULL REFERENCES users,
  chat_id               bigint      NOT NULL,
  screen_message_id     bigint,
  language              text        NOT NULL,
  status                text        NOT NULL CHECK (status IN ('created', 'pending', 'guarding', 'paid', 'delayed', 'refunding', 'issued', 'refunded', 'canceled', 'expired')),
  reason                text,
  -- Frozen at the tap: a change of the catalogue never changes what this buyer pays or gets.
  plan_code             text        NOT NULL,
  plan_name_ru          text        NOT NULL,
  plan_name_en          text        NOT NULL,
  days                  int         NOT NULL,
  traffic_gb            int,
  price_kopecks         int         NOT NULL CHECK (price_kopecks >= 100),
  currency              text        NOT NULL,
  location_code         text        NOT NULL REFERENCES locations,
  server_code           text REFERENCES servers,
  renews_subscription_id uuid REFERENCES subscriptions,
  subscription_id       uuid REFERENCES subscriptions,
  -- What this payment bought, absolute: the end of the subscription before and after it.
  previous_expires_at   timestamptz,
  granted_expires_at    timestamptz,
  yookassa_id           text UNIQUE,
  yookassa_status       text,
  confirmation_url      text,
  created_at            timestamptz NOT NULL DEFAULT now(),
  payable_until         timestamptz,
  checked_at            timestamptz,
  dismissed_at          timestamptz,
  paid_at               timestamptz,
  delivered_at          timestamptz,
  ended_at              timestamptz,
  updated_at            timestamptz NOT NULL DEFAULT now()
);
-- An open payment for the same thing is shown again, never a second link: the database, not the code, says so.
CREATE UNIQUE INDEX payments_one_open ON payments (user_id, plan_code, coalesce(renews_subscription_id, '00000000-0000-0000-0000-000000000000'))
  WHERE status IN ('created', 'pending', 'guarding');
-- A link that can still be paid holds its place on the server.
CREATE INDEX payments_holding_places ON payments (server_code) WHERE status IN ('created', 'pending', 'guarding') AND renews_subscription_id IS NULL;
CREATE INDEX payments_of_user ON payments (user_id, created_at DESC);
CREATE INDEX payments_unfinished ON payments (status, updated_at) WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired');

-- Every call that could move money: its key and exact body, stored before it is sent.
CREATE TABLE yookassa_requests (
  idempotence_key text PRIMARY KEY CHECK (idempotence_key ~ '^[0-9a-zA-Z_.-]{1,64}$'),
  payment_id      uuid        NOT NULL REFERENCES payments,
  operation       text        NOT NULL CHECK (operation IN ('create-payment', 'create-refund')),
  body            jsonb       NOT NULL,
  first_sent_at   timestamptz NOT NULL DEFAULT now(),
  answered_at     timestamptz,
  answer          text
);
CREATE INDEX yookassa_requests_of_payment ON yookassa_requests (payment_id);

CREATE TABLE refunds (
  id              uuid PRIMARY KEY,
  payment_id      uuid        NOT NULL REFERENCES payments,
  attempt         int         NOT NULL CHECK (attempt >= 1),
  amount_kopecks  int         NOT NULL CHECK (amount_kopecks > 0),
  reason          text        NOT NULL,
  -- Who asked: `buyer`, `deadline`, `operator:<telegram id>`, `cabinet`.
  asked_by        text        NOT NULL,
  yookassa_id     text UNIQUE,
  status          text        NOT NULL CHECK (status IN ('planned', 'pending', 'succeeded', 'canceled')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  ended_at        timestamptz,
  UNIQUE (payment_id, attempt)
);

-- Raw incoming notifications, stored before they are answered.
CREATE TABLE webhook_events (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at    timestamptz NOT NULL DEFAULT now(),
  remote_address text        NOT NULL,
  event          text,
  object_id      text,
  payment_id     uuid,
  body           text        NOT NULL,
  handled_at     timestamptz,
  outcome        text
);
CREATE INDEX webhook_events_of_object ON webhook_events (object_id);
CREATE INDEX webhook_events_of_payment ON webhook_events (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX webhook_events_unhandled ON webhook_events (id) WHERE handled_at IS NULL;

-- Messages that must not be sent twice, or must not be forgotten. `subject` names what it is about.
CREATE TABLE notifications (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint      NOT NULL,
  kind       text        NOT NULL,
  subject    text        NOT NULL,
  status     text        NOT NULL CHECK (status IN ('claimed', 'sent', 'unreachable', 'dropped')),
  message_id bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at    timestamptz,
  UNIQUE (user_id, kind, subject)
);

-- Accounts on a panel that must go (a refund, a change of server), kept until the panel has confirmed it.
CREATE TABLE panel_withdrawals (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_code   text        NOT NULL REFERENCES servers,
  panel_user_id uuid        NOT NULL,
  payment_id    uuid REFERENCES payments,
  created_at    timestamptz NOT NULL DEFAULT now(),
  done_at       timestamptz,
  UNIQUE (server_code, panel_user_id, payment_id)
);
CREATE INDEX panel_withdrawals_open ON panel_withdrawals (id) WHERE done_at IS NULL;

-- The story of a payment, in the order it happened, for support: who tapped, what was asked, what was answered.
CREATE TABLE payment_events (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id uuid        NOT NULL REFERENCES payments,
  at         timestamptz NOT NULL DEFAULT now(),
  actor      text        NOT NULL,
  event      text        NOT NULL,
  details    jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX payment_events_of_payment ON payment_events (payment_id, id);

-- What operators did, and who.
CREATE TABLE audit_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  actor      text        NOT NULL,
  action     text        NOT NULL,
  payment_id uuid,
  details    jsonb       NOT NULL DEFAULT '{}'
);
