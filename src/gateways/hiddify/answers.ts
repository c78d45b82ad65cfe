import { z } from 'zod';
import { MOST_TRAFFIC_GB } from '../../domain/grant';
import { retryAfterMs, type HttpAnswer } from '../http';
import { panelError, type HiddifyErrorCode } from './errors';
import type { PanelLoad, PanelUser } from './types';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const errorBody = z.object({
  message: z.string().optional().catch(undefined),
  msg: z.string().optional().catch(undefined),
  detail: z
    .object({ json: z.record(z.string(), z.unknown()) })
    .optional()
    .catch(undefined),
});

/**
 * The JSON of a successful answer; throws the error that any other answer means.
 *
 * With `Accept: application/json` the panel's own refusals have a field `message`, those of its web framework only
 * `msg`. This field, and not the text, tells "no such account" from "no such route". Up to version 12 the framework's
 * 400, 404 and 405 arrive as a 500 whose text starts with the real code.
 */
export function readAnswer(operation: string, answer: HttpAnswer): unknown {
  const json = parse(answer.text);
  const { status } = answer;
  if (status >= 200 && status < 300) {
    if (typeof json === 'object' && json !== null) return json;
    throw panelError(operation, 'unknown-outcome', 'unreadable', { status });
  }
  const body = errorBody.safeParse(json).data;
  const wrapped = status === 500 ? /^(400|404|405) /.exec(body?.msg ?? '')?.[1] : undefined;
  const meant = wrapped === undefined ? status : Number(wrapped);
  const fromPanel = wrapped === undefined && body?.message !== undefined;

  if (meant === 401 || meant === 403)
    throw panelError(operation, 'refused', isOfPanel(body) ? 'auth' : 'blocked', { status });
  if (meant === 407 || meant === 451) throw panelError(operation, 'refused', 'blocked', { status });
  if (meant === 404 && fromPanel) throw panelError(operation, 'refused', 'not-found', { status });
  if (meant === 400 && wrapped === undefined && body !== undefined && !isWrongPath(body)) {
    throw panelError(operation, 'refused', badRequest(body), { status });
  }
  if (meant === 422) {
    const parameter = Object.keys(body?.detail?.json ?? {}).find((field) => /^\w{1,40}$/.test(field));
    throw panelError(operation, 'refused', 'invalid', { status, ...(parameter === undefined ? {} : { parameter }) });
  }
  if (meant === 429) {
    throw panelError(operation, 'rate-limited', 'server-error', {
      status,
      retryAfterMs: retryAfterMs(answer.headers) ?? DEFAULT_RETRY_AFTER_MS,
    });
  }
  // A redirect means a missing slash, http instead of https, or a login page: the address is not that of the API.
  if (meant >= 300 && meant < 500 && meant !== 408) throw panelError(operation, 'refused', 'path', { status });
  throw panelError(operation, 'unknown-outcome', 'server-error', { status });
}

/** For a 429 that names no pause. */
const DEFAULT_RETRY_AFTER_MS = 30_000;

/** Every refusal of the panel says why in one of these two fields; a proxy's page is HTML, or JSON of another shape. */
function isOfPanel(body: { message?: string | undefined; msg?: string | undefined } | undefined): boolean {
  return body?.message !== undefined || body?.msg !== undefined;
}

/** The panel answers `invalid request` to a wrong secret path and `invalid` to a refused User-Agent. */
function isWrongPath(body: { message?: string | undefined; msg?: string | undefined }): boolean {
  return ['invalid request', 'invalid'].includes((body.message ?? body.msg ?? '').trim().toLowerCase());
}

/** The panel's words for these two are the same in all versions from 10.80 to 14.0; others are not told apart. */
function badRequest(body: { message?: string | undefined; msg?: string | undefined }): HiddifyErrorCode {
  const words = body.message ?? body.msg ?? '';
  if (/limit reached/i.test(words)) return 'full';
  return /\bexists\b/i.test(words) ? 'exists' : 'bad-request';
}

/** The panel's word for "no limit", and the most it keeps: what is larger comes back as this. */
const UNLIMITED_GB = MOST_TRAFFIC_GB + 1;

const number = z.coerce.number();
const wireUser = z.object({
  uuid: z.string(),
  name: z.string().nullish(),
  enable: z.boolean(),
  is_active: z.boolean().nullish(),
  start_date: z.string().nullish(),
  package_days: z.number(),
  usage_limit_GB: z.number(),
  current_usage_GB: z.number().nullish(),
  comment: z.string().nullish(),
  telegram_id: z.union([z.number(), z.string()]).nullish(),
  last_online: z.string().nullish(),
});

/**
 * The account in an answer. Only the named fields are taken, so the private keys and unknown fields of newer panels are
 * dropped.
 */
export function readUser(operation: string, json: unknown): PanelUser {
  const read = wireUser.safeParse(json);
  if (!read.success) throw panelError(operation, 'unknown-outcome', 'unreadable');
  const user = read.data;
  const telegramId = Number(user.telegram_id ?? 0);
  return {
    uuid: user.uuid.toLowerCase(),
    name: user.name ?? '',
    enable: user.enable,
    isActive: user.is_active ?? user.enable,
    startDate: user.start_date ?? null,
    packageDays: user.package_days,
    usageLimitGb: user.usage_limit_GB >= UNLIMITED_GB ? null : user.usage_limit_GB,
    currentUsageGb: user.current_usage_GB ?? 0,
    comment: user.comment ?? '',
    telegramId: Number.isSafeInteger(telegramId) && telegramId !== 0 ? telegramId : null,
    lastOnline: user.last_online == null || user.last_online.startsWith('0001-') ? null : user.last_online,
  };
}

/** A limit as the panel takes it; "unlimited" is a very large number there. */
export function limitOnWire(usageLimitGb: number | null): number {
  return usageLimitGb ?? UNLIMITED_GB;
}

const wireLoad = z.object({
  stats: z.object({
    system: z.object({
      cpu_percent: number,
      ram_total: number,
      ram_used: number,
      disk_total: number,
      disk_used: number,
    }),
  }),
  // The panel gives sums from its database as text.
  usage_history: z.object({ m5: z.object({ online: number }), total: z.object({ users: number }) }),
});

export function readLoad(operation: string, json: unknown): PanelLoad {
  const read = wireLoad.safeParse(json);
  if (!read.success) throw panelError(operation, 'unknown-outcome', 'unreadable');
  const { system } = read.data.stats;
  return {
    users: read.data.usage_history.total.users,
    onlineLast5Minutes: read.data.usage_history.m5.online,
    cpuPercent: system.cpu_percent,
    memoryUsed: system.ram_total > 0 ? system.ram_used / system.ram_total : 0,
    diskUsed: system.disk_total > 0 ? system.disk_used / system.disk_total : 0,
  };
}
