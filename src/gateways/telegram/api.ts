import { Api, type Transformer } from 'grammy';
import type { HttpObserver } from '../http';
import { plainWhenRefused, type OnPlain } from './decoration';
import { observeTelegram } from './observe';
import { readableAnswers } from './readable';

export interface TelegramAccess {
  readonly token: string;
  /** `https://api.telegram.org`, or the address of a stand-in. */
  readonly apiRoot: string;
  /** For one call, its answer included, in ms. */
  readonly timeoutMs: number;
  /** Told of every call. */
  readonly observe?: HttpObserver;
}

/** The Bot API as worker and commands call it; the bot gives its own `Api` the same transformers. */
export function createApi({ token, apiRoot, timeoutMs, observe }: TelegramAccess, onPlain?: OnPlain): Api {
  const api = new Api(token, {
    apiRoot: apiRoot.replace(/\/+$/, ''),
    timeoutSeconds: timeoutMs / 1000,
    sensitiveLogs: false,
  });
  api.config.use(...telegramTransformers(onPlain, ...(observe ? [observeTelegram(observe)] : [])));
  return api;
}

/** In the order in which they are installed: a later one sees what an earlier one has made of the answer. */
export function telegramTransformers(onPlain?: OnPlain, ...between: Transformer[]): Transformer[] {
  return [readableAnswers(), ...between, plainWhenRefused(onPlain)];
}
