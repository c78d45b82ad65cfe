import type { App } from './app';
import { ASSETS, FIATS, SWAP_ASSETS, TEST_ASSET } from './assets';
import { readDecimal } from './decimal';
import { invalid } from './errors';
import type { Params } from './params';
import type { StoredInvoice } from './store';

/** 31 days (Crypto Pay docs, createInvoice `expires_in`). */
const LONGEST_LIFE_SECONDS = 2_678_400;
const LONGEST_DESCRIPTION = 1024;
const LONGEST_HIDDEN_MESSAGE = 2048;
/** Up to 4 kB (Crypto Pay docs, createInvoice `payload`). */
const LONGEST_PAYLOAD_BYTES = 4096;
const BUTTONS = ['viewItem', 'openChannel', 'openBot', 'callback'];

/** Reads what createInvoice was given. @throws ApiError 400 */
export function readInvoice(
  app: App,
  params: Params,
): Omit<StoredInvoice, 'id' | 'hash' | 'createdAt' | 'expiresAt'> & { readonly lifeSeconds?: number } {
  const currencyType = (params.choice('currency_type', ['crypto', 'fiat']) ?? 'crypto') as 'crypto' | 'fiat';
  const assets = [...Object.keys(ASSETS), ...(app.isTestnet ? [TEST_ASSET] : [])];
  const currency: Partial<StoredInvoice> = {};
  if (currencyType === 'crypto') {
    params.required('asset');
    Object.assign(currency, { asset: params.choice('asset', assets) });
  } else {
    params.required('fiat');
    const accepted = params.list('accepted_assets');
    if (accepted?.some((asset) => !assets.includes(asset))) throw invalid('ACCEPTED_ASSETS_INVALID');
    Object.assign(currency, {
      fiat: params.choice('fiat', Object.keys(FIATS)),
      ...(accepted && accepted.length > 0 && { acceptedAssets: accepted }),
    });
  }
  const amount = params.required('amount');
  if ((readDecimal(amount) ?? 0n) <= 0n) throw invalid('AMOUNT_INVALID');
  const lifeSeconds = params.integer('expires_in', 1, LONGEST_LIFE_SECONDS);
  const swapTo = params.choice('swap_to', SWAP_ASSETS);
  return {
    currencyType,
    ...currency,
    amount,
    texts: readTexts(params),
    allowComments: params.flag('allow_comments', true),
    allowAnonymous: params.flag('allow_anonymous', true),
    ...(swapTo !== undefined && { swapTo }),
    ...(lifeSeconds !== undefined && { lifeSeconds }),
  };
}

function readTexts(params: Params): Record<string, string> {
  const payload = params.text('payload');
  if (payload !== undefined && Buffer.byteLength(payload) > LONGEST_PAYLOAD_BYTES) throw invalid('PAYLOAD_TOO_LONG');
  const button = params.choice('paid_btn_name', BUTTONS);
  // The address is required with the button (Crypto Pay docs, createInvoice `paid_btn_url`).
  const url = button === undefined ? undefined : params.required('paid_btn_url');
  if (url !== undefined && !/^https?:\/\/\S+$/.test(url)) throw invalid('PAID_BTN_URL_INVALID');
  const texts = {
    description: params.text('description', LONGEST_DESCRIPTION),
    hidden_message: params.text('hidden_message', LONGEST_HIDDEN_MESSAGE),
    payload,
    paid_btn_name: button,
    paid_btn_url: url,
  };
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
