import { escapeHtml, plain } from '../../messages/locales/index';
import type { HttpRoutes } from '../server';
import { isUuid } from '../../domain/uuid';
import { limitPages, type PageLimit } from './limit';
import { languageOf, sendPage } from './page';

export interface PayReturnDeps {
  /** Name of the bot without `@`; `undefined` until Telegram has told it. */
  readonly botUsername: () => string | undefined;
  /** Has the payment looked at again, as if the buyer had said "I have paid"; limited by the caller, must not throw. */
  readonly lookAgain: (paymentId: string) => void;
  readonly limit: PageLimit;
  readonly trustedProxies: number;
}

/**
 * `GET /pay/return?p=<payment id>`: where YooKassa sends the buyer, whether or not he has paid. The page claims nothing about
 * the payment: anybody may open it with any id, and all it does is to have YooKassa asked again.
 */
export function payReturnRoutes({ botUsername, lookAgain, limit, trustedProxies }: PayReturnDeps): HttpRoutes {
  return (app) => {
    app.get('/pay/return', { onRequest: limitPages(limit, trustedProxies) }, async (request, reply) => {
      const language = languageOf(request);
      const { p: paymentId } = request.query as Record<string, unknown>;
      const payload = isUuid(paymentId) ? `pay_${paymentId}` : '';
      if (isUuid(paymentId)) lookAgain(paymentId);
      const name = botUsername();
      const bot = name === undefined ? undefined : encodeURIComponent(name);
      const text = (key: string) => escapeHtml(plain(language, `page-return-${key}`));
      // t.me is out of reach in some networks, so the app's own scheme comes first.
      return sendPage(reply, {
        language,
        title: plain(language, 'page-return-title'),
        body:
          `<h1>${text('heading')}</h1><p>${text('text')}</p>` +
          (bot === undefined
            ? ''
            : `<a href="tg://resolve?domain=${bot}${payload && `&amp;start=${payload}`}">${text('telegram')}</a>` +
              `<a class="plain" href="https://t.me/${bot}${payload && `?start=${payload}`}">${text('browser')}</a>`),
        mayBeFramed: true,
      });
    });
  };
}
