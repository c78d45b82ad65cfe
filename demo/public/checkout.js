import { byId, focusChat, h, phoneSized } from './dom.js';
import { t } from './i18n.js';

/**
 * YooKassa's page in a frame over the panel, over everything on a phone. It is another site, so this page can't see
 * what happens inside; whether the money came is read from the stand-in's list of payments.
 * @param {{ checkoutUrl: () => string | undefined, onClose: () => void }} options
 */
export function createCheckout({ checkoutUrl, onClose }) {
  const overlay = byId('checkout');
  const result = byId('checkout-result');
  /** @type {HTMLElement | null} */
  let opener = null;
  let orderId = '';

  /** Full screen on a phone, so nothing behind it may take the focus. */
  const setBehind = (behind) => {
    for (const id of ['top', 'chat', 'breaking']) byId(id).inert = behind && phoneSized.matches;
    document.querySelector('nav.tabs').inert = behind && phoneSized.matches;
  };

  function close() {
    if (overlay.hidden) return;
    overlay.hidden = true;
    delete document.body.dataset.checkout;
    byId('checkout-page').replaceChildren();
    setBehind(false);
    onClose();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    else focusChat();
  }

  byId('checkout-close').addEventListener('click', close);
  byId('checkout-back').addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !overlay.hidden && !document.querySelector('dialog[open]')) close();
  });
  phoneSized.addEventListener('change', () => setBehind(!overlay.hidden));

  return {
    /**
     * @param {string} url
     * @param {HTMLElement | null} from gets the focus back
     * @returns {boolean} false when it is not the checkout's
     */
    open(url, from) {
      if (!isCheckout(url, checkoutUrl())) return false;
      const address = new URL(url);
      opener = from;
      orderId = address.searchParams.get('orderId') ?? '';
      result.hidden = true;
      byId('checkout-address').textContent = `${address.host}${address.pathname}`;
      byId('checkout-tab').href = url;
      byId('checkout-page').replaceChildren(frame(url));
      overlay.hidden = false;
      document.body.dataset.checkout = '';
      setBehind(true);
      byId('checkout-close').focus({ preventScroll: true });
      return true;
    },
    /** Says how it ended once YooKassa knows. @param {any[]} payments */
    onPayments(payments) {
      const payment = overlay.hidden ? undefined : payments.find((one) => one.orderId === orderId);
      const text =
        payment?.status === 'succeeded'
          ? t('checkoutPaid')
          : payment?.status === 'canceled'
            ? t('checkoutCanceled')
            : '';
      result.hidden = text === '';
      result.classList.toggle('bad', payment?.status === 'canceled');
      if (byId('checkout-result-text').textContent !== text) byId('checkout-result-text').textContent = text;
    },
  };
}

/**
 * The page may run its scripts and send its form, and stays in its frame.
 * @param {string} url
 */
function frame(url) {
  return h('iframe', {
    src: url,
    title: t('checkout'),
    sandbox: 'allow-scripts allow-forms allow-same-origin allow-popups',
    referrerpolicy: 'no-referrer',
    data: { testid: 'checkout-frame' },
  });
}

/** @param {string} url @param {string | undefined} checkoutUrl */
function isCheckout(url, checkoutUrl) {
  if (checkoutUrl === undefined || !URL.canParse(url)) return false;
  const [one, other] = [new URL(url), new URL(checkoutUrl)];
  const local = (name) => (name === '127.0.0.1' || name === '[::1]' ? 'localhost' : name);
  return (
    one.protocol === other.protocol &&
    one.port === other.port &&
    local(one.hostname) === local(other.hostname) &&
    one.pathname.startsWith('/checkout/')
  );
}
