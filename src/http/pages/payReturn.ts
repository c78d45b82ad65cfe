import { escapeHtml, plain } from '../../messages/locales/index';
import type { HttpRoutes } from '../server';
import { isUuid } from '../../domain/uuid';
import { limitPages, type PageLimit } from './limit';
import { languageOf, sendPage } from './page';

export interface PayReturnDeps {
  /** Name of the bot without `@`; `undefined` until Telegram has told it. */
  readonly botUsername: () => string | undefined;
  /** Has the provider asked about this payment. Returns at once and must not throw. */
  readonly checkPayment: (paymentId: string) => void;
  readonly limit: PageLimit;
  readonly trustedProxies: number;
}

/**
 * `GET /pay/return?p=<payment id>`: where a provider's page sends the buyer, whether or not they have paid. The page
 * says nothing about the payment, since anybody may open it with any id; it only has the provider asked again.
 */
export function payReturnRoutes({ botUsername, checkPayment, limit, trustedProxies }: PayReturnDeps): HttpRoutes {
  return (app) => {
    app.get('/pay/return', { onRequest: limitPages(limit, trustedProxies) }, async (request, reply) => {
      const language = languageOf(request);
      const { p: paymentId } = request.query as Record<string, unknown>;
      const payload = isUuid(paymentId) ? `pay_${paymentId}` : '';
      if (isUuid(paymentId)) checkPayment(paymentId);
      const name = botUsername();
      const bot = name === undefined ? undefined : encodeURIComponent(name);
      const text = (key: string) => escapeHtml(plain(language, `page-return-${key}`));
      // Some networks block t.me, so the link that opens the app comes first.
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
