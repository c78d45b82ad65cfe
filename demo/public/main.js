import { call, listen } from './api.js';
import { createBreaking } from './breaking.js';
import { currentBuyer, guestBuyer, newBuyer } from './buyer.js';
import { createChat } from './chat.js';
import { createCheckout } from './checkout.js';
import { byId, icon } from './dom.js';
import { language, onLanguage, setLanguage, translatePage } from './i18n.js';
import { enableNotices } from './notices.js';
import { showPanels } from './panels.js';
import { showPayments } from './payments.js';

for (const place of document.querySelectorAll('[data-icon]')) place.append(icon(place.dataset.icon));
translatePage();
enableNotices();

// A link of the chat was opened as somebody else.
const invitation = new URLSearchParams(location.search).get('start') ?? undefined;
if (invitation !== undefined) history.replaceState(null, '', location.pathname);
const buyer = invitation === undefined ? currentBuyer(language) : guestBuyer(language);
let checkoutUrl;
let overview;
let unread = 0;

/** One section at a time on a phone; wider screens show them all and take no notice. @param {string} tab */
function goTo(tab) {
  document.body.dataset.tab = tab;
  for (const button of document.querySelectorAll('[data-go]'))
    button.setAttribute('aria-current', String(button.dataset.go === tab));
  showUnread();
}

function showUnread() {
  if (document.body.dataset.tab === 'chat') unread = 0;
  byId('chat-dot').hidden = unread === 0;
}

const checkout = createCheckout({ checkoutUrl: () => checkoutUrl, onClose: () => goTo('chat') });
const chat = createChat({
  buyer,
  invitation,
  language: () => language,
  openCheckout: (url, opener) => checkout.open(url, opener),
});
const breaking = createBreaking({ chat });

function showOverview() {
  if (!overview) return;
  showPayments(overview, buyer.id);
  showPanels(overview, buyer.id);
  breaking.show(overview);
  chat.onCut(overview.faults.some((fault) => fault.kind === 'telegram-down' && fault.on));
  checkout.onPayments(overview.payments.payments);
}

function showLanguage() {
  for (const button of document.querySelectorAll('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
}

for (const button of document.querySelectorAll('[data-go]'))
  button.addEventListener('click', () => goTo(button.dataset.go));
for (const button of document.querySelectorAll('[data-language]'))
  button.addEventListener('click', () => setLanguage(button.dataset.language));
byId('new-buyer').addEventListener('click', () => {
  newBuyer(language);
  location.reload();
});
onLanguage(() => {
  translatePage();
  showLanguage();
  chat.redraw();
  showOverview();
  breaking.redraw();
});

async function learnCheckout() {
  const info = await call('GET', 'info').catch(() => undefined);
  checkoutUrl = info?.checkoutUrl ?? checkoutUrl;
}

showLanguage();
goTo('chat');
await learnCheckout();
listen(buyer.id, {
  overview(view) {
    overview = view;
    showOverview();
  },
  chat(event) {
    if ((event.kind === 'message' || event.kind === 'edit') && event.message.from === 'bot') unread += 1;
    showUnread();
    chat.onEvent(event);
    if (event.kind === 'user' || event.kind === 'message') breaking.refresh();
  },
  link(up) {
    chat.onLink(up);
  },
  connection(up) {
    byId('offline').hidden = up;
    if (up && !checkoutUrl) void learnCheckout();
  },
});
