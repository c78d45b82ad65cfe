import type { Update, WebhookInfo } from '@grammyjs/types';
import { badRequest, conflict, tooManyRequests } from '../failure';
import type { Webhook } from '../state';
import { Described, type Method } from './method';

const WEBHOOK_ACTIVE =
  "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

const getUpdates: Method = (sim, params): Promise<Update[]> => {
  if (sim.state.webhook) throw conflict(WEBHOOK_ACTIVE);
  sim.queue.setAllowed(params.json<string[]>('allowed_updates', 'allowed updates'));
  const limit = Math.min(100, Math.max(1, params.integer('limit', 100)));
  return sim.queue.poll(params.integer('offset'), limit, params.integer('timeout'));
};

/** Telegram takes one setWebhook a second per bot: replicas that all call it at boot meet 429. */
const SET_WEBHOOK_PAUSE_MS = 1000;

export function webhookMethods(): Record<string, Method> {
  let nextSetAt = 0;

  const setWebhook: Method = (sim, params) => {
    const url = params.text('url');
    if (url === '') return deleteWebhook(sim, params);
    if (Date.now() < nextSetAt) throw tooManyRequests(1);
    nextSetAt = Date.now() + SET_WEBHOOK_PAUSE_MS;
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    // Difference on purpose: the real service takes https only; on loopback the stand-in takes http too.
    if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) throw badRequest('invalid webhook URL specified');
    if (parsed.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname)) {
      throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
    }
    const secret = params.text('secret_token');
    if (secret.length > 256) throw badRequest('secret token is too long');
    if (!/^[\w-]*$/.test(secret)) throw badRequest('secret token contains unallowed characters');
    if (params.flag('drop_pending_updates')) sim.queue.clear();
    sim.queue.setAllowed(params.json<string[]>('allowed_updates', 'allowed updates'));
    const before = sim.state.webhook;
    const hook: Webhook = {
      url,
      maxConnections: Math.min(100, Math.max(1, params.integer('max_connections', 40))),
      ...(secret === '' ? {} : { secretToken: secret }),
    };
    sim.state.webhook = hook;
    sim.queue.endWaiting('terminated by setWebhook request');
    sim.changed();
    sim.webhooks.pump();
    const same =
      before?.url === hook.url &&
      before.secretToken === hook.secretToken &&
      before.maxConnections === hook.maxConnections;
    return new Described(true, same ? 'Webhook is already set' : 'Webhook was set');
  };

  const deleteWebhook: Method = (sim, params) => {
    if (params.flag('drop_pending_updates')) sim.queue.clear();
    const had = sim.state.webhook !== null;
    sim.state.webhook = null;
    sim.changed();
    return new Described(true, had ? 'Webhook was deleted' : 'Webhook is already deleted');
  };

  const getWebhookInfo: Method = (sim): WebhookInfo => {
    const hook = sim.state.webhook;
    const { allowedUpdates } = sim.state;
    return {
      url: hook?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: sim.queue.pending().length,
      ...(hook ? { max_connections: hook.maxConnections, ip_address: '127.0.0.1' } : {}),
      ...(hook?.lastErrorDate === undefined
        ? {}
        : { last_error_date: hook.lastErrorDate, last_error_message: hook.lastErrorMessage ?? '' }),
      ...(allowedUpdates.length > 0
        ? { allowed_updates: allowedUpdates as NonNullable<WebhookInfo['allowed_updates']> }
        : {}),
    };
  };

  return {
    getupdates: getUpdates,
    setwebhook: setWebhook,
    deletewebhook: deleteWebhook,
    getwebhookinfo: getWebhookInfo,
  };
}
