-- Everything the shop knows. Money is integer kopecks, instants are timestamptz. That a row exists never means that
-- its effect was done: the columns that end in _at say when it was.

CREATE TABLE users (
  telegram_id    bigint PRIMARY KEY,
  first_name     text        NOT NULL DEFAULT '',
  username       text,
  language       text        NOT NULL DEFAULT 'ru' CHECK (language IN ('ru', 'en')),
  time_zone      text        NOT NULL DEFAULT 'Europe/Moscow',
  -- Where their receipts go (54-FZ): an e-mail address, or a phone number in digits. They can have it forgotten.
  receipt_contact text,
  -- Of the link by which they invite others: ref_ and this; null until they have asked for it.
  referral_code  text UNIQUE CHECK (referral_code ~ '^[0-9A-HJKMNP-TV-Z]{8}$'),
  -- Who invited them, always somebody whose row is older, so there is no circle. Said when the row is added, by a link that
  -- they open within seven days of it, or by the owner.
  referred_by    bigint REFERENCES users CHECK (referred_by <> telegram_id),
  -- When that was said last; also that the owner has removed it, and then no link says it again.
  referred_at    timestamptz,
  -- The owner has said it.
  referred_by_hand boolean NOT NULL DEFAULT false,
  -- Since when the bot cannot write to this person (the bot is blocked, the account is deleted); null while it can.
  unreachable_at timestamptz,
  -- Since when messages of theirs may not say how things stand: they could not be edited. null: all of them do. Who can be
  -- written to again has it until these are brought up to date.
  unseen_since   timestamptz,
  -- The promo code that they came with or entered, and until when it is kept for them.
  promo_code     text,
  promo_code_until timestamptz CHECK ((promo_code IS NULL) = (promo_code_until IS NULL)),
  -- When they were first shown language and terms, and went on.
  terms_seen_at  timestamptz,
  -- Since when the shop gives them nothing more and takes no orders of theirs, who has said so, and why. What they have
  -- paid for stays theirs.
  blocked_at     timestamptz,
  blocked_by     text,
  block_reason   text CHECK (block_reason IN ('fraud', 'abuse', 'other')),
  -- When their names and addresses were removed because they asked for it; null again once they write to the bot.
  erased_at      timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CHECK ((blocked_at IS NULL) = (blocked_by IS NULL) AND (blocked_at IS NULL) = (block_reason IS NULL))
);

CREATE INDEX users_unseen ON users (telegram_id) WHERE unseen_since IS NOT NULL AND unreachable_at IS NULL;
-- A name without its capitals, Latin and Cyrillic, whatever the database's locale is: lower() of the locale C knows Latin
-- ones alone.
CREATE FUNCTION without_capitals(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(translate(name, 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄҐЎ', 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў'))
$$;
-- The desk finds people by the beginning of their names; text_pattern_ops: in any locale.
CREATE INDEX users_by_username ON users (lower(username) text_pattern_ops) WHERE username IS NOT NULL;
CREATE INDEX users_by_first_name ON users (without_capitals(first_name) text_pattern_ops);
CREATE INDEX users_referred_by ON users (referred_by) WHERE referred_by IS NOT NULL;

CREATE TABLE locations (
  code               text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,20}$'),
  name_ru            text        NOT NULL,
  name_en            text        NOT NULL,
  flag               text        NOT NULL DEFAULT '',
  position           int         NOT NULL DEFAULT 0,
  active             boolean     NOT NULL DEFAULT true,
  -- How long a server may be away before another one of this location makes the key; null: only if the buyer asks.
  take_over_after_ms bigint CHECK (take_over_after_ms > 0),
  updated_at         timestamptz NOT NULL DEFAULT now()
);

-- One Hiddify panel each.
CREATE TABLE servers (
  code             text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,20}$'),
  location_code    text        NOT NULL REFERENCES locations,
  name             text        NOT NULL,
  panel_admin_url  text        NOT NULL,
  panel_api_key    text        NOT NULL,
  panel_client_url text        NOT NULL,
  -- The two addresses for which a customer's link was opened last, as an app does; others need to be tried again.
  link_checked_for text,
  -- Subscriptions that fit; null: no limit.
  capacity         int CHECK (capacity >= 0),
  position         int         NOT NULL DEFAULT 0,
  active           boolean     NOT NULL DEFAULT true,
  -- Since when the owner sells nothing here, whatever the catalogue says; who has paid is served.
  sale_stopped_at  timestamptz,
  -- When an operator said that the panel is gone for good: nothing is asked of it, nothing is delivered to it, and what was
  -- still to be told it never will be. null: it is not.
  gone_at          timestamptz,
  updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX servers_of_location ON servers (location_code) WHERE active;

CREATE TABLE plans (
  code          text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,20}$'),
  name_ru       text        NOT NULL,
  name_en       text        NOT NULL,
  days          int         NOT NULL CHECK (days BETWEEN 1 AND 3650),
  -- GiB; null: unlimited.
  traffic_gb    int CHECK (traffic_gb BETWEEN 1 AND 999999),
  price_kopecks int         NOT NULL CHECK (price_kopecks >= 100),
  -- In Telegram Stars; null: it is not sold for them.
  price_stars   int CHECK (price_stars BETWEEN 1 AND 100000),
  position      int         NOT NULL DEFAULT 0,
  active        boolean     NOT NULL DEFAULT true,
  updated_at    timestamptz NOT NULL DEFAULT now()
);

-- What the shop gives new people to try it: at most one row.
CREATE TABLE trials (
  code         text PRIMARY KEY CHECK (code = 'trial'),
  days         int         NOT NULL CHECK (days BETWEEN 1 AND 3650),
  -- GiB; null: unlimited.
  traffic_gb   int CHECK (traffic_gb BETWEEN 1 AND 999999),
  -- At most so many in a day (UTC).
  per_day      int         NOT NULL CHECK (per_day > 0),
  -- Of them to friends of one person.
  per_referrer_per_day int NOT NULL CHECK (per_referrer_per_day > 0),
  -- What is left of it stays when something is bought for its key; else that begins at once.
  keep         boolean     NOT NULL,
  -- What it costs: an order like any other, once for each person. null: nothing.
  price_kopecks int CHECK (price_kopecks BETWEEN 100 AND 1000),
  -- The servers it is given on; null: all that are sold from.
  server_codes text[],
  -- The channel of which its people must be members: @name, or the id of a private one.
  channel      text,
  position     int         NOT NULL DEFAULT 0,
  active       boolean     NOT NULL DEFAULT true,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CHECK (price_kopecks IS NULL OR (keep AND channel IS NULL))
);

CREATE TABLE subscriptions (
  id                            uuid PRIMARY KEY,
  user_id                       bigint      NOT NULL REFERENCES users,
  location_code                 text        NOT NULL REFERENCES locations,
  server_code                   text        NOT NULL REFERENCES servers,
  -- The columns from here to later_traffic_gb, but for the account's id, are what the subscription's rows of grant_entries
  -- come to, written in the transaction that adds one.
  plan_code                     text        NOT NULL,
  -- The account's id on the panel, chosen here before the panel hears of it, so that a repeated call finds the same account.
  panel_user_id                 uuid        NOT NULL UNIQUE,
  starts_at                     timestamptz NOT NULL,
  expires_at                    timestamptz NOT NULL CHECK (expires_at >= starts_at),
  -- When the last grant that still counts was given, or was delivered late: who has just paid is not reminded.
  prolonged_at                  timestamptz NOT NULL,
  -- GiB of the account's whole life; null while traffic is unlimited. What was bought by the GiB then waits until unlimited_until.
  traffic_gb                    int CHECK (traffic_gb > 0),
  unlimited_until               timestamptz CHECK ((unlimited_until IS NULL) <> (traffic_gb IS NULL)),
  later_traffic_gb              int         NOT NULL DEFAULT 0 CHECK (later_traffic_gb >= 0),
  -- pending: paid, not yet confirmed by the panel; active; expired: its end has passed; revoked: its money went back.
  status                        text        NOT NULL CHECK (status IN ('pending', 'active', 'expired', 'revoked')),
  -- Which administrator of the panel made the account: the SHA-256 of their key. Newer panels hide it from others.
  panel_admin                   text,
  -- Which request has moved it to its server, so that the same one, repeated after a lost answer, moves nothing.
  moved_by                      uuid,
  -- The end that the panel has confirmed; differs from expires_at while a renewal is being delivered.
  panel_expires_at              timestamptz,
  delivered_at                  timestamptz,
  -- When the status became expired, some minutes or hours after expires_at.
  marked_expired_at             timestamptz,
  -- Set before the panel is told to deactivate the account, cleared when panel and database agree again. On a pending or
  -- active subscription it means that a renewal came in between: the panel has to be told again that the account is active.
  panel_deactivation_started_at timestamptz,
  -- The expires_at for which the panel has confirmed the account deactivated; a renewal changes expires_at, so this needs no reset.
  panel_deactivated_for         timestamptz,
  created_at                    timestamptz NOT NULL DEFAULT now(),
  updated_at                    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subscriptions_of_user ON subscriptions (user_id, created_at DESC);
-- Counting the taken places of a server.
CREATE INDEX subscriptions_on_server ON subscriptions (server_code) WHERE status IN ('pending', 'active');
CREATE INDEX subscriptions_by_expiry ON subscriptions (expires_at, id) WHERE status = 'active';
CREATE INDEX subscriptions_marked_expired ON subscriptions (marked_expired_at, id) WHERE status = 'expired';
CREATE INDEX subscriptions_to_deactivate ON subscriptions (server_code, id)
  WHERE status = 'expired' AND panel_deactivated_for IS DISTINCT FROM expires_at;
CREATE INDEX subscriptions_to_reactivate ON subscriptions (server_code, id)
  WHERE panel_deactivation_started_at IS NOT NULL AND status IN ('pending', 'active');
-- Unlimited time that is over while the subscription goes on.
CREATE INDEX subscriptions_to_limit ON subscriptions (server_code, unlimited_until)
  WHERE status = 'active' AND unlimited_until < expires_at;
-- The panel sync reads the accounts of a server in the order of their ids.
CREATE INDEX subscriptions_trials ON subscriptions (expires_at, id) WHERE plan_code = 'trial';
CREATE INDEX subscriptions_of_server ON subscriptions (server_code, id) WHERE status <> 'revoked';

-- The book of grants: everything that gives or takes access, in the order in which it was recorded. Rows are added and
-- never changed (docs/book-of-grants.md).
CREATE TABLE grant_entries (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id uuid        NOT NULL REFERENCES subscriptions,
  -- purchase, renewal, promo, trial, gift, referral, compensation, owner: give access; delay: the days of a grant begin with
  -- its late delivery; refund: takes of a grant; usage: the traffic that was used when unlimited time was over.
  kind            text        NOT NULL CHECK (kind IN
    ('purchase', 'renewal', 'promo', 'trial', 'gift', 'referral', 'compensation', 'owner', 'delay', 'refund', 'usage')),
  -- What caused it: the id of the payment or of the free grant, for a promo the use of the code, for a refund its own id, for
  -- a usage the subscription's and the end of that time.
  source          text        NOT NULL,
  -- The row that a delay or a refund is about.
  grant_id        bigint REFERENCES grant_entries CHECK ((grant_id IS NOT NULL) = (kind IN ('delay', 'refund'))),
  -- When it takes effect.
  at              timestamptz NOT NULL,
  -- Time and GiB given, negative where they are taken; traffic_gb is null where it is unlimited.
  ms              bigint      NOT NULL,
  traffic_gb      int,
  -- What the panel had last shown of the account's whole life.
  used_gb         double precision,
  -- What was paid for it, in the smallest unit of the currency; negative where it is refunded.
  kopecks         int         NOT NULL,
  currency        text CHECK ((currency IS NOT NULL) = (kopecks <> 0)),
  plan_code       text CHECK ((plan_code IS NOT NULL) = (kind NOT IN ('delay', 'refund', 'usage'))),
  -- Of a refund: none of the money of its grant stays with the shop.
  whole           boolean     NOT NULL,
  -- Of a trial: what is left of it ends when something is bought for its key.
  ends_with_purchase boolean  NOT NULL DEFAULT false CHECK (kind = 'trial' OR NOT ends_with_purchase),
  -- When the subscription ended before this row: one that was prolonged in time is told from one that came back. null: the
  -- first row of its subscription.
  end_before      timestamptz,
  UNIQUE (kind, source)
);
CREATE INDEX grant_entries_of_subscription ON grant_entries (subscription_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER grant_entries_are_kept BEFORE UPDATE OR DELETE ON grant_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Access that cost nothing: what was given, for what, and whether its panel and its person have it.
CREATE TABLE free_grants (
  -- The source of its row in grant_entries.
  id              uuid PRIMARY KEY,
  kind            text        NOT NULL CHECK (kind IN ('trial', 'promo', 'gift', 'referral', 'compensation', 'owner')),
  -- What it was given for. Of a trial its person's Telegram id: one for ever, so rows are never removed. Of a promo code the
  -- id of its use, of a gift the voucher's, of a referral the reward's; of what an operator gave, made of their words.
  source          text        NOT NULL,
  user_id         bigint      NOT NULL REFERENCES users,
  subscription_id uuid        NOT NULL REFERENCES subscriptions,
  -- Its subscription was made for it: the person has no key of it yet, and is sent one.
  makes_key       boolean     NOT NULL,
  -- given: the panel has not confirmed it; delayed: nor does it make a key, see reason; issued: it has confirmed it; revoked:
  -- it was revoked before that, or can't be delivered.
  status          text        NOT NULL DEFAULT 'given' CHECK (status IN ('given', 'delayed', 'issued', 'revoked')),
  reason          text,
  given_at        timestamptz NOT NULL,
  -- When the panel had confirmed it.
  delivered_at    timestamptz CHECK ((delivered_at IS NOT NULL) = (status = 'issued')),
  -- When Telegram took the message with the key; without it the key of a delivered one that makes a key is owed.
  key_sent_at     timestamptz,
  -- The messages in which its person has asked for it and that do not show how it stands: they could not be written to, or the
  -- key was owed.
  unseen_in       int[]       NOT NULL DEFAULT '{}'
);
-- Once for each source. One whose panel is gone for good and never made it was given back, and is given anew.
CREATE UNIQUE INDEX free_grants_once ON free_grants (kind, source) WHERE reason IS DISTINCT FROM 'panel-gone';
-- How many were given on a day.
CREATE INDEX free_grants_by_day ON free_grants (kind, given_at);
CREATE INDEX free_grants_of_subscription ON free_grants (subscription_id);
CREATE INDEX free_grants_of_user ON free_grants (user_id);
CREATE INDEX free_grants_undelivered ON free_grants (status, given_at) WHERE status NOT IN ('issued', 'revoked');
CREATE INDEX free_grants_key_owed ON free_grants (id) WHERE status = 'issued' AND key_sent_at IS NULL AND makes_key;
CREATE INDEX free_grants_unseen ON free_grants (user_id) WHERE unseen_in <> '{}';
CREATE TRIGGER free_grants_are_kept BEFORE DELETE ON free_grants FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Codes that give what a plan gives to whoever claims them first.
CREATE TABLE vouchers (
  id              uuid PRIMARY KEY,
  -- 80 random bits in Crockford's base 32. Whoever has it may claim it.
  code            text        NOT NULL UNIQUE CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
  -- issued: somebody may claim it; revoked: the owner revoked it before; refunded: its money went back before.
  status          text        NOT NULL DEFAULT 'issued' CHECK (status IN ('issued', 'claimed', 'revoked', 'refunded')),
  -- Copied from the plan when it was made: a later change of the catalogue never changes what it gives.
  plan_code       text        NOT NULL,
  -- Null: days that are a reward, which no plan has a name for.
  plan_name_ru    text,
  plan_name_en    text CHECK ((plan_name_en IS NULL) = (plan_name_ru IS NULL)),
  days            int         NOT NULL CHECK (days > 0),
  traffic_gb      int CHECK (traffic_gb BETWEEN 1 AND 999999),
  -- Those that the owner made together have the same.
  batch_id        uuid,
  made_by         text        NOT NULL,
  note            text,
  -- Who hands the batch out; null: nobody but the owner.
  partner         text,
  -- One person can claim one of its batch, and no other.
  once_per_person boolean     NOT NULL DEFAULT false CHECK (batch_id IS NOT NULL OR NOT once_per_person),
  created_at      timestamptz NOT NULL DEFAULT now(),
  -- null: it can be claimed for ever.
  claimable_until timestamptz,
  claimed_by      bigint REFERENCES users,
  claimed_at      timestamptz,
  -- The order by which somebody bought it for somebody else: a gift, and its voucher has the id of the order. null: it is
  -- one of the owner's, or a reward.
  payment_id      uuid UNIQUE CHECK (payment_id = id),
  -- When a gift that nobody had claimed became its giver's own: nobody else can claim it since then.
  returned_at     timestamptz CHECK (returned_at IS NULL OR payment_id IS NOT NULL),
  -- When what it had given was given back, because its panel was gone for good; null: never.
  given_back_at   timestamptz,
  -- When the giver of a gift read that somebody else has claimed it, or that it is their own now; null: they have not.
  -- A gift that is given back begins anew.
  giver_told_at   timestamptz,
  -- What came at the provider for a gift of which a part went back: what goes back is a share of this, and an operator may
  -- have accepted other money than the price. null: no part of it went back.
  paid_kopecks    int CHECK (paid_kopecks IS NULL OR (paid_kopecks > 0 AND payment_id IS NOT NULL)),
  CHECK ((status = 'claimed') = (claimed_by IS NOT NULL) AND (claimed_by IS NULL) = (claimed_at IS NULL))
);
CREATE INDEX vouchers_of_batch ON vouchers (batch_id) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX vouchers_one_each ON vouchers (batch_id, claimed_by)
  WHERE once_per_person AND claimed_by IS NOT NULL;
-- Gifts that wait for somebody to claim them.
CREATE INDEX vouchers_waiting_gifts ON vouchers (created_at, id) WHERE payment_id IS NOT NULL AND status = 'issued' AND returned_at IS NULL;
-- Gifts whose giver may still be to be told what became of them.
CREATE INDEX vouchers_giver_untold ON vouchers (id)
  WHERE payment_id IS NOT NULL AND giver_told_at IS NULL AND (status = 'claimed' OR returned_at IS NOT NULL);
CREATE TRIGGER vouchers_are_kept BEFORE DELETE ON vouchers FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the panel last showed of an account. A table of its own because it is rewritten all day and subscriptions are not.
CREATE TABLE subscription_usage (
  subscription_id uuid PRIMARY KEY REFERENCES subscriptions,
  used_gb         double precision NOT NULL,
  panel_enabled   boolean     NOT NULL,
  panel_active    boolean     NOT NULL,
  -- As the panel writes it: in the panel's own time zone, which it does not tell.
  last_online     text,
  changed_at      timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

CREATE TABLE payments (
  id                     uuid PRIMARY KEY,
  user_id                bigint      NOT NULL REFERENCES users,
  chat_id                bigint      NOT NULL,
  -- The message of the chat that shows this payment and is edited as it goes on.
  screen_message_id      bigint,
  language               text        NOT NULL,
  -- The bot adds payments and may not set this column.
  status                 text        NOT NULL DEFAULT 'created' CHECK (status IN
    ('created', 'pending', 'guarding', 'paid', 'delayed', 'refunding', 'issued', 'refunded', 'canceled', 'expired')),
  reason                 text,
  -- What the order is for: buy, a new subscription; renew, more of the one in renews_subscription_id; gift, a voucher for
  -- somebody else.
  purpose                text        NOT NULL CHECK (purpose IN ('buy', 'renew', 'gift')),
  -- Copied from the plan at the tap: a later change of the catalogue never changes what this buyer pays or gets.
  plan_code              text        NOT NULL,
  plan_name_ru           text        NOT NULL,
  plan_name_en           text        NOT NULL,
  days                   int         NOT NULL CHECK (days > 0),
  traffic_gb             int CHECK (traffic_gb BETWEEN 1 AND 999999),
  -- The plan's price, what was taken off it, and what is paid; in the smallest unit of the currency, whatever it is.
  base_price_kopecks     int         NOT NULL,
  discount_kopecks       int         NOT NULL CHECK (discount_kopecks >= 0),
  price_kopecks          int         NOT NULL CHECK (price_kopecks >= CASE currency WHEN 'RUB' THEN 100 ELSE 1 END),
  -- The promo code that it was ordered with, and the days that it adds.
  promo_code             text,
  promo_days             int         NOT NULL DEFAULT 0 CHECK (promo_days BETWEEN 0 AND 3650),
  currency               text        NOT NULL,
  -- null: a gift, whose place is chosen when it is claimed.
  location_code          text REFERENCES locations,
  server_code            text REFERENCES servers,
  -- The server that the buyer confirmed; null: any of the location. server_code is the one that makes the key.
  chosen_server_code     text REFERENCES servers,
  renews_subscription_id uuid REFERENCES subscriptions,
  subscription_id        uuid REFERENCES subscriptions,
  -- Who takes its money, what they call it and say of it, and the shop's account there: no other account knows it.
  provider               text        NOT NULL,
  provider_ref           text,
  provider_status        text,
  provider_account       text,
  confirmation_url       text,
  -- Of the receipt under 54-FZ that the provider makes of it, apart from the money; null: the shop makes none.
  receipt_registration   text CHECK (receipt_registration IN ('pending', 'succeeded', 'canceled')),
  -- What of price_kopecks has gone back or is on its way. What was revoked for it is in grant_entries.
  refunded_kopecks       int         NOT NULL DEFAULT 0 CHECK (refunded_kopecks >= 0),
  created_at             timestamptz NOT NULL DEFAULT now(),
  payable_until          timestamptz,
  -- When the provider was last asked because the buyer said they had paid.
  checked_at             timestamptz,
  -- When the buyer cancelled it, or dismissed it for another order, although the link could still be paid.
  dismissed_at           timestamptz,
  paid_at                timestamptz,
  delivered_at           timestamptz,
  -- Of a delayed delivery: when its money goes back by itself.
  refund_due_at          timestamptz,
  -- When Telegram took the message with the key, or with the link of a gift; without it that of a delivered purchase is owed.
  key_sent_at            timestamptz,
  -- The status of which an owner was told that a person must look.
  owner_told_of          text,
  ended_at               timestamptz,
  updated_at             timestamptz NOT NULL DEFAULT now(),
  UNIQUE (provider, provider_ref),
  CHECK (base_price_kopecks = discount_kopecks + price_kopecks),
  CHECK (promo_code IS NOT NULL OR (discount_kopecks = 0 AND promo_days = 0)),
  CHECK ((purpose = 'renew') = (renews_subscription_id IS NOT NULL)),
  CHECK ((purpose = 'gift') = (location_code IS NULL)),
  CHECK (purpose <> 'gift' OR (server_code IS NULL AND subscription_id IS NULL AND promo_days = 0))
);
ALTER TABLE vouchers ADD FOREIGN KEY (payment_id) REFERENCES payments;
CREATE INDEX payments_key_owed ON payments (id) WHERE status = 'issued' AND key_sent_at IS NULL;
-- An open payment for the same thing is shown again, never a second link; this index makes a second one impossible. One
-- that the buyer has dismissed does not stand in the way of another: its link may live on, and is not shown.
CREATE UNIQUE INDEX payments_one_open ON payments
  (user_id, plan_code, purpose, coalesce(renews_subscription_id, '00000000-0000-0000-0000-000000000000'))
  WHERE status IN ('created', 'pending', 'guarding') AND dismissed_at IS NULL;
-- The dismissed ones are looked for, too: the same thing confirmed again takes its order up again.
CREATE INDEX payments_open_of_user ON payments (user_id) WHERE status IN ('created', 'pending', 'guarding');
-- A link that can still be paid holds its place on the server.
CREATE INDEX payments_holding_places ON payments (server_code)
  WHERE status IN ('created', 'pending', 'guarding') AND renews_subscription_id IS NULL;
-- What somebody has given.
CREATE INDEX payments_gifts ON payments (user_id, paid_at) WHERE purpose = 'gift' AND paid_at IS NOT NULL;
CREATE INDEX payments_of_user ON payments (user_id, created_at DESC);
CREATE INDEX payments_of_subscription ON payments (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX payments_unfinished ON payments (status, updated_at)
  WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired');
-- Trials that cost something, of a day.
CREATE INDEX payments_trials ON payments (created_at) WHERE plan_code = 'trial';
-- Counts and lists of what was paid in a span of time.
CREATE INDEX payments_by_paid_at ON payments (paid_at) WHERE paid_at IS NOT NULL;

-- Amounts by currency, as {"RUB": 29900}: what came in one is no part of what came in another.
CREATE FUNCTION add_money(sums jsonb, currency text, minor bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN coalesce(minor, 0) = 0 OR currency IS NULL THEN sums
    ELSE sums || jsonb_build_object(currency, coalesce((sums->>currency)::bigint, 0) + minor) END
$$;
CREATE AGGREGATE sums_of_money(text, bigint) (SFUNC = add_money, STYPE = jsonb, INITCOND = '{}');

-- Every delivery, paid or free: what waits for a panel, whose key is owed and what is told to a panel is asked for here,
-- once for both. paid, given and delayed have no key yet.
CREATE VIEW deliveries AS
  SELECT id, NULL::text AS free_kind, NULL::text AS free_source, user_id, chat_id, subscription_id, status, reason,
    paid_at AS due_at, price_kopecks, currency, true AS makes_key, delivered_at, key_sent_at
  FROM payments WHERE subscription_id IS NOT NULL OR (purpose = 'gift' AND paid_at IS NOT NULL)
  UNION ALL
  SELECT id, kind, source, user_id, user_id, subscription_id, status, reason, given_at, 0, NULL, makes_key, delivered_at,
    key_sent_at
  FROM free_grants;

CREATE INDEX payments_with_open_receipt ON payments (id) WHERE receipt_registration = 'pending' AND paid_at IS NOT NULL;

-- Promo codes. One that was deleted stays, for its uses; its name is free again.
CREATE TABLE promo_codes (
  id              uuid PRIMARY KEY,
  code            text        NOT NULL CHECK (code ~ '^[A-Z0-9_-]{4,32}$'),
  -- percent: so many percent off; fixed: kopecks off; days: days more with a purchase; days-alone: without one.
  kind            text        NOT NULL CHECK (kind IN ('percent', 'fixed', 'days', 'days-alone')),
  amount          int         NOT NULL CHECK (amount >= 1),
  valid_from      timestamptz,
  valid_until     timestamptz CHECK (valid_until > valid_from),
  -- null: no limit.
  uses_total      int CHECK (uses_total >= 1),
  uses_per_person int         NOT NULL CHECK (uses_per_person >= 1),
  -- null: all plans.
  plan_codes      text[],
  min_days        int CHECK (min_days >= 1),
  audience        text        NOT NULL CHECK (audience IN ('all', 'first-purchase', 'no-subscription', 'person')),
  -- Of a personal offer.
  user_id         bigint CHECK ((user_id IS NOT NULL) = (audience = 'person')),
  renewals        boolean     NOT NULL,
  note            text        NOT NULL,
  active          boolean     NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  CHECK (kind <> 'percent' OR amount <= 100),
  -- What is given for nothing is given once: the id of the use is made of the code and the person.
  CHECK (uses_per_person = 1 OR (kind <> 'days-alone' AND (kind <> 'percent' OR amount < 100))),
  CHECK (kind <> 'fixed' OR (amount % 100 = 0 AND amount <= 10000000)),
  -- As many as a plan has at most.
  CHECK (kind NOT IN ('days', 'days-alone') OR amount <= 3650)
);
CREATE UNIQUE INDEX promo_codes_code ON promo_codes (code) WHERE deleted_at IS NULL;
-- The personal offers of somebody who looks at prices.
CREATE INDEX promo_codes_of_person ON promo_codes (user_id) WHERE user_id IS NOT NULL AND deleted_at IS NULL;

-- Each time a promo code is used: reserved in the transaction that adds the order, and ended by the order's own status alone
-- (end_promo_use). reserved and used count in the limits of the code.
CREATE TABLE promo_uses (
  id              uuid PRIMARY KEY,
  promo_id        uuid        NOT NULL REFERENCES promo_codes,
  user_id         bigint      NOT NULL REFERENCES users,
  -- The use is added before its order, which says that there is one left. null: it gave something for nothing.
  payment_id      uuid UNIQUE REFERENCES payments DEFERRABLE INITIALLY DEFERRED,
  status          text        NOT NULL DEFAULT 'reserved' CHECK (status IN ('reserved', 'used', 'returned')),
  -- Of a returned one: it counts all the same for the person, who had what they bought and did not want it.
  kept_for_person boolean     NOT NULL DEFAULT false CHECK (status = 'returned' OR NOT kept_for_person),
  -- Of one that was returned to its person as well: until then they may use the code once more, whatever has become of it.
  usable_until    timestamptz CHECK ((usable_until IS NOT NULL) = (status = 'returned' AND NOT kept_for_person)),
  -- The use that was returned to them and is used here once more.
  again           uuid UNIQUE REFERENCES promo_uses,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX promo_uses_counted ON promo_uses (promo_id) WHERE status <> 'returned';
CREATE INDEX promo_uses_of_person ON promo_uses (user_id, promo_id);
-- What has become of the uses of one code, the returned ones included.
CREATE INDEX promo_uses_of_code ON promo_uses (promo_id, user_id);

-- Says who invited somebody who is here already, whoever says it: a link that they open late, the gift that they claim,
-- or the owner by hand, who may also say that nobody has (inviter is null). Always somebody who was here first, so
-- there is no circle. By a link or a gift it is said once, within seven days of their coming, and before they have paid
-- for anything; what the owner has said, no link changes. Their row is locked before anything is looked at, so of
-- several at once one is first. done; unknown: one of the two was never here; not-older: who invites was not here
-- first; same: the owner has said so before; too-late: it was said before, or they have been here for too long, or have
-- bought.
CREATE FUNCTION attach_referrer(friend bigint, inviter bigint, at timestamptz, by_hand boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  f users;
  r users;
BEGIN
  SELECT * INTO f FROM users WHERE telegram_id = friend FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF inviter IS NOT NULL THEN
    SELECT * INTO r FROM users WHERE telegram_id = inviter;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    IF r.created_at >= f.created_at THEN RETURN 'not-older'; END IF;
    IF NOT by_hand AND (f.blocked_at IS NOT NULL OR r.blocked_at IS NOT NULL) THEN RETURN 'blocked'; END IF;
  END IF;
  IF by_hand THEN
    IF f.referred_at IS NOT NULL AND f.referred_by IS NOT DISTINCT FROM inviter THEN RETURN 'same'; END IF;
  ELSIF f.referred_at IS NOT NULL OR f.created_at <= at - 7 * interval '24 hours'
    OR EXISTS (SELECT FROM payments p WHERE p.user_id = friend AND p.paid_at IS NOT NULL) THEN
    RETURN 'too-late';
  END IF;
  UPDATE users SET referred_by = inviter, referred_at = at, referred_by_hand = by_hand, updated_at = now()
  WHERE telegram_id = friend;
  RETURN 'done';
END $$;
REVOKE EXECUTE ON FUNCTION attach_referrer FROM PUBLIC;

-- attach_referrer for a link. The bot may call this, and may not write the column. @returns whether they are attached
-- by it
DO $do$
BEGIN
  EXECUTE format($create$
    CREATE FUNCTION claim_referrer(friend bigint, code text) RETURNS boolean LANGUAGE sql
    SECURITY DEFINER SET search_path = %I, pg_temp AS $$
      SELECT coalesce((SELECT attach_referrer(friend, r.telegram_id, now(), false) = 'done'
        FROM users r WHERE r.referral_code = code), false)
    $$ $create$, current_schema());
  REVOKE EXECUTE ON FUNCTION claim_referrer FROM PUBLIC;
END
$do$;

-- What becomes of a use follows from the order's status, whoever changes that. Paid: used. Ended without money, or all of it
-- refunded: returned; for the person too, unless they had what they bought and did not want it. What an operator refunds counts as a
-- failure of the shop. A partial refund changes no status. What is returned to the person stays theirs for thirty days, even when the
-- code has ended or is switched off; an order that ends unpaid does not lengthen the days of a use that was returned before.
CREATE FUNCTION end_promo_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_kept boolean := NEW.delivered_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM refunds r WHERE r.payment_id = NEW.id AND r.asked_by LIKE 'operator:%');
BEGIN
  IF NEW.status = 'paid' THEN
    UPDATE promo_uses SET status = 'used', updated_at = now() WHERE payment_id = NEW.id AND status = 'reserved';
  ELSE
    UPDATE promo_uses u SET status = 'returned', updated_at = now(), kept_for_person = is_kept,
      usable_until = CASE WHEN NOT is_kept THEN coalesce(
        (SELECT b.usable_until FROM promo_uses b WHERE b.id = u.again AND NEW.status <> 'refunded'), now() + interval '30 days') END
    WHERE payment_id = NEW.id AND status <> 'returned';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_end_promo_use AFTER UPDATE OF status ON payments FOR EACH ROW
  WHEN (NEW.promo_code IS NOT NULL AND NEW.status <> OLD.status AND NEW.status IN ('paid', 'canceled', 'expired', 'refunded'))
  EXECUTE FUNCTION end_promo_use();
-- What the first real purchase of somebody who was invited, or each, brings them and who invited them.
CREATE TABLE referral_rewards (
  id           uuid PRIMARY KEY,
  payment_id   uuid        NOT NULL REFERENCES payments,
  friend_id    bigint      NOT NULL REFERENCES users,
  -- friend: who was invited; referrer: who invited them; second-level: who invited the referrer.
  role         text        NOT NULL CHECK (role IN ('friend', 'referrer', 'second-level')),
  user_id      bigint      NOT NULL REFERENCES users CHECK (role <> 'friend' OR user_id = friend_id),
  -- The shop rewarded each purchase of a friend then, and not the first one alone.
  each_purchase boolean    NOT NULL DEFAULT false,
  days         int         NOT NULL CHECK (days > 0),
  created_at   timestamptz NOT NULL,
  due_at       timestamptz NOT NULL,
  -- granted: added to a subscription; voucher: there was none; offset: it went against what was owed; canceled: money of the
  -- purchase was refunded before; revoked: it was refunded afterwards, and what lay ahead was revoked; refused: by the owner;
  -- forfeited: its person loses it for another reason than a refund, and what lay ahead was revoked.
  status       text        NOT NULL DEFAULT 'waiting' CHECK (status IN
    ('waiting', 'granted', 'voucher', 'offset', 'canceled', 'revoked', 'refused', 'forfeited')),
  -- When it became that.
  changed_at   timestamptz NOT NULL DEFAULT now(),
  grant_id     uuid REFERENCES free_grants,
  voucher_id   uuid REFERENCES vouchers,
  -- Of one that waits as a voucher: the purchase of its person to whose subscription it was then to be added by itself.
  used_with    uuid REFERENCES payments,
  -- Days of it that went against what was owed, and days of it that were used before it was revoked.
  offset_days  int         NOT NULL DEFAULT 0 CHECK (offset_days BETWEEN 0 AND days),
  owed_days    int         NOT NULL DEFAULT 0 CHECK (owed_days BETWEEN 0 AND days),
  -- Why a person must look at it before it is given, and which operator has. Nothing is refused because of a suspicion alone.
  suspicions   text[]      NOT NULL DEFAULT '{}' CHECK (suspicions <@ ARRAY['refunded-twice', 'many-friends', 'friend-blocked']),
  decided_by   text,
  -- Why its person is to lose it, and who has said so, when; the worker carries it out, and it is not given from then on.
  forfeit_reason text CHECK (forfeit_reason IN ('fraud', 'erased')),
  forfeit_by   text,
  forfeit_at   timestamptz,
  owners_told_at timestamptz,
  -- Who had claimed its voucher, when they are still to be told that days of it were revoked.
  claimer_to_tell bigint REFERENCES users,
  -- The status that its person was told of.
  told_status  text,
  UNIQUE (payment_id, role),
  CHECK ((forfeit_reason IS NULL) = (forfeit_by IS NULL) AND (forfeit_reason IS NULL) = (forfeit_at IS NULL)),
  CHECK (status <> 'forfeited' OR forfeit_reason IS NOT NULL)
);
-- A friend is invited once: a purchase that was refunded does not count.
CREATE UNIQUE INDEX referral_rewards_once ON referral_rewards (friend_id, role)
  WHERE status NOT IN ('canceled', 'revoked') AND NOT each_purchase;
CREATE INDEX referral_rewards_of_friend ON referral_rewards (friend_id);
CREATE INDEX referral_rewards_of_user ON referral_rewards (user_id);
CREATE INDEX referral_rewards_of_voucher ON referral_rewards (voucher_id) WHERE voucher_id IS NOT NULL;
CREATE INDEX referral_rewards_to_forfeit ON referral_rewards (id) WHERE forfeit_reason IS NOT NULL AND status <> 'forfeited';
CREATE INDEX referral_rewards_due ON referral_rewards (due_at) WHERE status = 'waiting';
CREATE FUNCTION date_referral_reward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at = now();
  RETURN NEW;
END $$;
CREATE TRIGGER referral_rewards_dated BEFORE UPDATE OF status ON referral_rewards FOR EACH ROW
  WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION date_referral_reward();

-- Every call that could move money: its idempotence key and exact body, stored before it is sent.
CREATE TABLE provider_requests (
  idempotence_key text PRIMARY KEY CHECK (idempotence_key ~ '^[0-9a-zA-Z_.-]{1,64}$'),
  payment_id      uuid        NOT NULL REFERENCES payments,
  operation       text        NOT NULL CHECK (operation IN ('create-payment', 'create-refund')),
  body            jsonb       NOT NULL,
  first_sent_at   timestamptz NOT NULL DEFAULT now(),
  answered_at     timestamptz,
  answer          text
);
CREATE INDEX provider_requests_of_payment ON provider_requests (payment_id);

-- One row for each attempt to refund money, and for each refund that was made outside the shop.
CREATE TABLE refunds (
  id             uuid PRIMARY KEY,
  payment_id     uuid        NOT NULL REFERENCES payments,
  attempt        int         NOT NULL CHECK (attempt >= 1),
  amount_kopecks int         NOT NULL CHECK (amount_kopecks > 0),
  reason         text        NOT NULL,
  -- Who asked: `buyer`, `deadline`, `operator:<telegram id>`, `cabinet`.
  asked_by       text        NOT NULL,
  -- The type of the workflow that follows it to its end; `outside`: no workflow does, it was made in the provider's cabinet.
  managed_by     text        NOT NULL DEFAULT 'payment' CHECK (managed_by IN ('payment', 'refund', 'outside')),
  -- The request it came from, so that a repeated request finds it.
  request_id     uuid UNIQUE,
  -- Who gives the money back, and what they call the refund.
  provider       text        NOT NULL,
  provider_ref   text,
  -- Which of the provider's payments goes back where it is not the one of payments.provider_ref: a second payment for the
  -- same order, or one that came after its end.
  of_provider_ref text,
  status         text        NOT NULL CHECK (status IN ('planned', 'pending', 'succeeded', 'canceled')),
  created_at     timestamptz NOT NULL DEFAULT now(),
  -- When the provider gave its final answer.
  ended_at       timestamptz,
  -- When nothing was left to do about it: the money is back, or another attempt has replaced this one.
  completed_at   timestamptz,
  -- Of its own receipt under 54-FZ; null: it has none.
  receipt_registration text CHECK (receipt_registration IN ('pending', 'succeeded', 'canceled')),
  -- The canceled attempt of this payment that it replaces.
  replaces       int,
  -- An operator has refunded this money without the provider.
  by_other_means boolean     NOT NULL DEFAULT false,
  UNIQUE (payment_id, attempt),
  UNIQUE (payment_id, replaces),
  UNIQUE (provider, provider_ref)
);
CREATE UNIQUE INDEX refunds_one_of_stray ON refunds (provider, of_provider_ref)
  WHERE of_provider_ref IS NOT NULL AND status <> 'canceled';
CREATE INDEX refunds_with_open_receipt ON refunds (id) WHERE receipt_registration = 'pending' AND status = 'succeeded';
CREATE INDEX refunds_incomplete ON refunds (created_at) WHERE managed_by = 'refund' AND completed_at IS NULL;

-- Accounts whose access was revoked (a refund, a change of server), until their panel has confirmed it and no earlier
-- write can land on it any more.
CREATE TABLE access_revocations (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_code   text        NOT NULL REFERENCES servers,
  panel_user_id uuid        NOT NULL,
  -- null: of what was given, not bought.
  payment_id    uuid REFERENCES payments,
  -- The administrator who made the account, as in subscriptions.panel_admin.
  panel_admin   text,
  -- When it was opened, or opened again.
  created_at    timestamptz NOT NULL DEFAULT now(),
  -- When the panel first confirmed it since then.
  confirmed_at  timestamptz,
  -- When the panel confirmed it so long after created_at that nothing sent before can still arrive.
  done_at       timestamptz,
  -- When it was given up because the panel is gone for good: what became of the account is not known.
  abandoned_at  timestamptz,
  UNIQUE NULLS NOT DISTINCT (payment_id, server_code, panel_user_id)
);
CREATE INDEX access_revocations_open ON access_revocations (server_code, id) WHERE done_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX access_revocations_abandoned ON access_revocations (server_code) WHERE abandoned_at IS NOT NULL;
-- The panel sync asks whether access to an account was ever revoked.
CREATE INDEX access_revocations_of_account ON access_revocations (panel_user_id);

-- Incoming notifications exactly as they came, stored before they are answered.
CREATE TABLE webhook_events (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at    timestamptz NOT NULL DEFAULT now(),
  -- Whose notification it is.
  provider       text        NOT NULL,
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
CREATE INDEX webhook_events_by_age ON webhook_events (received_at) WHERE handled_at IS NOT NULL;

-- Messages that must not be sent twice or must not be forgotten. `subject` names what it is about: the id of a payment or of
-- a subscription, for some kinds followed by `:` and a detail.
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
CREATE INDEX notifications_by_age ON notifications (created_at, id);
-- All messages about one payment. text_pattern_ops: the subject is also searched by its beginning, in any locale.
CREATE INDEX notifications_by_subject ON notifications (subject text_pattern_ops);

-- Old messages, moved out of the way of the recent ones; support still reads them.
CREATE TABLE notifications_archive (LIKE notifications);
ALTER TABLE notifications_archive ADD COLUMN archived_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX notifications_archive_of_user ON notifications_archive (user_id, id);

-- The timeline of a payment for support: who did what, what was asked, what was answered.
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
CREATE INDEX audit_log_of_payment ON audit_log (payment_id) WHERE payment_id IS NOT NULL;

-- People who work for the shop besides its owners, who are in ADMIN_IDS. What a role may do: src/domain/staff.ts.
CREATE TABLE staff (
  telegram_id bigint PRIMARY KEY,
  role        text        NOT NULL CHECK (role IN ('manager', 'support', 'marketer', 'viewer')),
  given_by    text        NOT NULL,
  given_at    timestamptz NOT NULL DEFAULT now()
);

-- What staff have noted of a person.
CREATE TABLE notes (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint      NOT NULL REFERENCES users,
  at      timestamptz NOT NULL DEFAULT now(),
  actor   text        NOT NULL,
  text    text        NOT NULL CHECK (length(text) BETWEEN 1 AND 1000)
);
CREATE INDEX notes_of_user ON notes (user_id, id);

-- Every act at the owner's desk and every refusal, written in the act's own transaction. Rows are added and never changed.
CREATE TABLE desk_audit (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT now(),
  actor   text        NOT NULL,
  act     text        NOT NULL,
  -- What it was done to: an id of ours, a person's Telegram id, a server's code.
  subject text,
  before  jsonb,
  after   jsonb,
  reason  text,
  -- Why it was not done; null: it was.
  refused text
);
CREATE INDEX desk_audit_of_subject ON desk_audit (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX desk_audit_refusals ON desk_audit (actor, act, at) WHERE refused IS NOT NULL;
CREATE TRIGGER desk_audit_is_kept BEFORE UPDATE OR DELETE ON desk_audit FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One row for each time a panel was read.
CREATE TABLE panel_samples (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_code text        NOT NULL REFERENCES servers,
  at          timestamptz NOT NULL DEFAULT now(),
  users       int         NOT NULL,
  online      int,
  cpu_percent double precision,
  memory_used double precision,
  disk_used   double precision,
  free_places int,
  traffic_gb  double precision NOT NULL
);
CREATE INDEX panel_samples_of_server ON panel_samples (server_code, at DESC);

-- How the last run of the panel sync went on each server, and since when something about it is wrong.
CREATE TABLE panel_sync_states (
  server_code        text PRIMARY KEY REFERENCES servers,
  -- The run that was counted last.
  run_id             text        NOT NULL,
  outcome            text        NOT NULL,
  -- Runs in a row that have not ended with a sync of this panel, and since when. Those of an outage that the owners
  -- know of don't count.
  failed_runs        int         NOT NULL DEFAULT 0,
  failing_since      timestamptz,
  -- Since when the panel can't give its list of accounts and they are read one by one.
  list_failing_since timestamptz,
  -- A digest of the accounts that only a person can put right, and since when every run has found the same.
  for_a_person       text,
  for_a_person_since timestamptz,
  updated_at         timestamptz NOT NULL DEFAULT now()
);

-- Differences between panel and database that a run of the panel sync found, kept for their repair and for people.
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

-- When the next message that can wait may be sent, one row shared by all workers.
CREATE TABLE telegram_pace (
  lane    text PRIMARY KEY,
  next_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Which installation of the program this database belongs to. Its payments at providers carry the id, so that several
-- programs may sell through one account there. A copy that is restored is the same installation.
CREATE TABLE installation (
  id        uuid    PRIMARY KEY DEFAULT gen_random_uuid(),
  -- There is one row.
  singleton boolean NOT NULL DEFAULT true UNIQUE CHECK (singleton)
);
INSERT INTO installation DEFAULT VALUES;

-- Up to where the lists of each provider have been compared with this database without a gap, in words of its own.
-- list: refunds where a provider has a list of them alone, main for everything else.
CREATE TABLE ledger_cursors (
  provider text        NOT NULL,
  list     text        NOT NULL,
  cursor   text        NOT NULL,
  read_at  timestamptz NOT NULL,
  PRIMARY KEY (provider, list)
);

-- What was paid in Telegram Stars, as Telegram has told it: written before anything else is done about it. A charge is
-- known by its id alone: one order may be paid twice.
CREATE TABLE star_charges (
  charge_id      text        PRIMARY KEY,
  -- What the invoice carried of ours.
  payload        text        NOT NULL,
  -- Telegram's id of who has paid, who need not be who ordered; refunds go to them.
  payer_id       bigint      NOT NULL,
  stars          int         NOT NULL CHECK (stars > 0),
  charged_at     timestamptz NOT NULL,
  -- The attempt of a refund that this charge was chosen for, before Telegram is asked.
  refund_attempt int,
  -- When the Stars had gone back, whoever gave them back.
  refunded_at    timestamptz,
  recorded_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX star_charges_of_payload ON star_charges (payload);

-- Money that this database can't explain. Each is raised once and stays open until a person has resolved it.
CREATE TABLE money_anomalies (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text        NOT NULL,
  -- The provider, and its id of the payment or refund.
  provider     text        NOT NULL,
  provider_ref text        NOT NULL,
  payment_id   uuid REFERENCES payments,
  -- null: it can't be read. Whatever somebody paid with, however much.
  currency     text,
  minor        bigint,
  found_at     timestamptz NOT NULL DEFAULT now(),
  told_at      timestamptz,
  resolved_at  timestamptz,
  CHECK ((currency IS NULL) = (minor IS NULL)),
  UNIQUE (kind, provider, provider_ref)
);
CREATE INDEX money_anomalies_open ON money_anomalies (id) WHERE resolved_at IS NULL;

-- When a scheduled job last ended, and what it found, for the metrics of every worker.
CREATE TABLE job_results (
  job      text PRIMARY KEY,
  ended_at timestamptz NOT NULL,
  result   jsonb       NOT NULL DEFAULT '{}'
);

-- Times in which an outside service did not answer, or refused the shop's key. One that goes on has no ended_at.
CREATE TABLE outages (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- `hiddify`, `telegram`, or a provider.
  service      text        NOT NULL,
  -- Of a panel: its server.
  server_code  text REFERENCES servers,
  -- away: no usable answer; refused: an answer, but not to this key, path or version; no-keys: a panel that answers, but
  -- makes no keys.
  kind         text        NOT NULL CHECK (kind IN ('away', 'refused', 'no-keys')),
  -- The gateway's words of the newest failure, and its code; they hold no secret.
  reason       text        NOT NULL,
  code         text,
  began_at     timestamptz NOT NULL DEFAULT now(),
  -- Since when it answers again; the outage has ended once that has lasted for some minutes.
  good_since   timestamptz,
  ended_at     timestamptz,
  -- When the owner was told of it, and of its end.
  told_at      timestamptz,
  end_told_at  timestamptz,
  -- What the owners' message shows, as a digest: it is edited when that has changed.
  shown        text,
  -- Until when one worker has their messages to itself, so that two never send the same one.
  telling_until timestamptz,
  CHECK ((service = 'hiddify') = (server_code IS NOT NULL))
);
CREATE UNIQUE INDEX outages_open ON outages (service, coalesce(server_code, '')) WHERE ended_at IS NULL;
CREATE INDEX outages_end_untold ON outages (id) WHERE ended_at IS NOT NULL AND told_at IS NOT NULL AND end_told_at IS NULL;

-- People whose doings are no sales: owners, whom the worker puts here at its start, and whoever tries the shop out.
CREATE TABLE uncounted_people (
  telegram_id bigint PRIMARY KEY,
  why         text NOT NULL CHECK (why IN ('owner', 'test'))
);
CREATE INDEX users_by_day ON users (((created_at AT TIME ZONE 'Europe/Moscow')::date));
CREATE INDEX subscriptions_by_end_day ON subscriptions (((expires_at AT TIME ZONE 'Europe/Moscow')::date)) WHERE status <> 'revoked';
CREATE INDEX payments_by_day ON payments (((paid_at AT TIME ZONE 'Europe/Moscow')::date)) WHERE paid_at IS NOT NULL;
CREATE INDEX grant_entries_by_day ON grant_entries (((at AT TIME ZONE 'Europe/Moscow')::date)) WHERE end_before IS NOT NULL;
CREATE INDEX grant_entries_after_end ON grant_entries (((end_before AT TIME ZONE 'Europe/Moscow')::date)) WHERE end_before < at;

-- The numbers of the desk: one view a number, and what each means is on its screen (src/messages/screens/numbers.ts).
-- A day is one of the shop's time zone, which is Moscow's (DEFAULT_TIME_ZONE). Owners, staff and tests are left out of all but numbers_movements.
CREATE VIEW numbers_left_out AS
  SELECT telegram_id FROM staff UNION SELECT telegram_id FROM uncounted_people;

-- Money that came for an order, and money of an order that went back, each on its own day.
CREATE VIEW numbers_movements AS
  SELECT (p.paid_at AT TIME ZONE 'Europe/Moscow')::date AS day, p.paid_at AS at, 'payment' AS kind, p.id AS payment_id,
    p.user_id, p.currency, p.price_kopecks::bigint AS amount
  FROM payments p WHERE p.paid_at IS NOT NULL
  UNION ALL
  SELECT (r.at AT TIME ZONE 'Europe/Moscow')::date, r.at, 'refund', r.payment_id, p.user_id, p.currency, r.amount_kopecks::bigint
  FROM (SELECT *, coalesce(ended_at, completed_at, created_at) AS at FROM refunds) r
    JOIN payments p ON p.id = r.payment_id
  -- What came twice for one order is no income, and its way back no refund.
  WHERE (r.status = 'succeeded' OR r.by_other_means) AND r.of_provider_ref IS NULL;

-- Gross: the money of orders on the day when it came.
CREATE VIEW numbers_gross AS
  SELECT day, currency, sum(amount)::bigint AS value FROM numbers_movements
  WHERE kind = 'payment' AND user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY day, currency;

-- Refunds: money of orders on the day when it went back, whenever it had come.
CREATE VIEW numbers_refunds AS
  SELECT day, currency, sum(amount)::bigint AS value FROM numbers_movements
  WHERE kind = 'refund' AND user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY day, currency;

-- Net: gross less refunds of the same day.
CREATE VIEW numbers_net AS
  SELECT day, currency, sum(CASE kind WHEN 'payment' THEN amount ELSE -amount END)::bigint AS value FROM numbers_movements
  WHERE user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY day, currency;

-- New: people on the day when they first wrote to the bot.
CREATE VIEW numbers_new AS
  SELECT (u.created_at AT TIME ZONE 'Europe/Moscow')::date AS day, count(*) AS value
  FROM users u
  WHERE u.telegram_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY 1;

-- Renewed: subscriptions that were paid for again before their end, on the day of the money.
CREATE VIEW numbers_renewed AS
  SELECT (e.at AT TIME ZONE 'Europe/Moscow')::date AS day, count(*) AS value
  FROM grant_entries e JOIN subscriptions s ON s.id = e.subscription_id
  WHERE e.kind IN ('purchase', 'renewal') AND e.end_before >= e.at
    AND s.user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY 1;

-- Back: subscriptions that were paid for again after their end, on the day of the money.
CREATE VIEW numbers_back AS
  SELECT (e.at AT TIME ZONE 'Europe/Moscow')::date AS day, count(*) AS value
  FROM grant_entries e JOIN subscriptions s ON s.id = e.subscription_id
  WHERE e.kind IN ('purchase', 'renewal') AND e.end_before < e.at
    AND s.user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY 1;

-- Lapsed: subscriptions on the day of their end, where nothing had prolonged them by then. One whose money went back
-- counts as a refund and not here.
CREATE VIEW numbers_lapsed AS
  SELECT (l.ended_at AT TIME ZONE 'Europe/Moscow')::date AS day, count(*) AS value
  FROM (
    SELECT id AS subscription_id, user_id, expires_at AS ended_at FROM subscriptions
    WHERE expires_at <= now() AND status <> 'revoked'
    UNION ALL
    SELECT e.subscription_id, s.user_id, e.end_before FROM grant_entries e JOIN subscriptions s ON s.id = e.subscription_id
    WHERE e.end_before < e.at AND e.grant_id IS NULL AND e.kind <> 'usage'
  ) l
  WHERE l.user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY 1;

-- Active: subscriptions that give access now: paid, when money of theirs stays with the shop; trial; given, all others.
CREATE VIEW numbers_active AS
  SELECT CASE
      WHEN EXISTS (SELECT FROM grant_entries e WHERE e.subscription_id = s.id AND e.kind IN ('purchase', 'renewal')
        AND NOT EXISTS (SELECT FROM grant_entries r WHERE r.grant_id = e.id AND r.kind = 'refund' AND r.whole)) THEN 'paid'
      WHEN s.plan_code = 'trial' THEN 'trial'
      ELSE 'given' END AS kind, count(*) AS value
  FROM subscriptions s
  WHERE s.status IN ('pending', 'active') AND s.expires_at > now()
    AND s.user_id NOT IN (SELECT telegram_id FROM numbers_left_out) GROUP BY 1;
