/** Every text of the page, in both languages. The bot speaks for itself. */

const RU = {
  title: 'GigaBridge — демо',
  tagline: 'Купите подписку и сломайте что-нибудь по дороге. Покупка всё равно дойдёт до конца.',
  newBuyer: 'Новый покупатель',
  language: 'Язык страницы',
  skip: 'К чату',
  offline: 'Нет связи с демо-страницей. Пробую снова…',
  tabChat: 'Чат',
  tabPanel: 'Панель',
  tabBreak: 'Сломать',
  tabs: 'Разделы',

  chatLabel: 'Чат с ботом магазина',
  messagesLabel: 'Сообщения',
  bot: 'бот',
  typing: 'печатает…',
  sendsPhoto: 'отправляет фото…',
  telegramAway: 'Telegram не отвечает…',
  blockedByYou: 'Вы заблокировали бота',
  emptyTitle: 'Что умеет этот бот?',
  emptyText: 'Продаёт VPN-подписки: выберите страну и срок, оплатите картой, получите ключ в чате.',
  start: 'Начать',
  unblock: 'Разблокировать',
  menu: 'Меню',
  menuLabel: 'Команды бота',
  write: 'Сообщение',
  send: 'Отправить',
  edited: 'изменено',
  you: 'вы',
  botSays: 'Бот',
  youSay: 'Вы',
  newMessages: 'Вниз',
  copied: 'Скопировано',
  notCopied: 'Не удалось скопировать',
  copy: 'Скопировать',
  ok: 'Понятно',
  close: 'Закрыть',
  photo: 'Картинка от бота',
  enlarge: 'Увеличить картинку',
  file: 'Файл',
  spoiler: 'Показать скрытый текст',
  botSilent: 'Бот не ответил на нажатие. Возможно, он ещё не запущен.',
  today: 'Сегодня',
  yesterday: 'Вчера',
  cmd_start: 'главное меню',
  cmd_buy: 'купить подписку',
  cmd_subscriptions: 'мои подписки и ключи',
  cmd_help: 'помощь',
  cmd_language: 'язык бота',
  cmd_cancel: 'отменить начатое',

  checkout: 'Оплата в ЮKassa',
  checkoutClose: 'Закрыть оплату',
  checkoutNewTab: 'Открыть в новой вкладке',
  checkoutPaid: 'Деньги получены. Ключ придёт в чат.',
  checkoutCanceled: 'Платёж не прошёл. Бот предложит попробовать снова.',
  checkoutBack: 'Вернуться в чат',

  happens: 'Что происходит',
  happensHint: 'Каждая покупка — отдельный процесс в Temporal. Он переживает остановку любой части.',
  guide: 'Как попробовать',
  guide1: 'Нажмите «Начать» в чате',
  guideTrial: 'Чтобы просто попробовать: «Попробовать бесплатно»',
  guide2: 'Выберите страну, срок и нажмите «Оплатить»',
  guidePromo: 'Для скидки: кнопка «Промокод» и код DEMO-20',
  guideGift:
    'Подарите подписку: «Подарить подписку», оплатите и нажмите «Переслать». Откроется второй посетитель, он и заберёт подарок',
  guideInvite:
    'Пригласите друга: «Пригласить друга», «Поделиться ссылкой». Откроется второй посетитель, он и есть друг',
  guide3: 'Оплатите тестовой картой: деньги не настоящие',
  guide4: 'По дороге выключите панель или убейте воркер',
  yookassaAway: 'Стенд ЮKassa не отвечает.',
  stepLink: 'Счёт',
  stepMoney: 'Деньги',
  stepKey: 'Ключ',
  stepRefund: 'Возврат',
  openWorkflow: 'Открыть процесс в Temporal',
  workflow: 'Процесс',
  workflowFailed: 'Процесс в Temporal остановился с ошибкой',
  yours: 'ваш',
  twins: 'Есть второй платёж с тем же номером!',
  say_created: 'Готовлю ссылку на оплату.',
  say_pending: 'Жду оплату: проверяю каждые 10 секунд и сразу по уведомлению.',
  say_guarding: 'Пять минут прошли. Проверяю реже, пока ЮKassa не скажет последнее слово.',
  say_paid: 'Деньги получены, делаю ключ.',
  say_delayed: 'Деньги получены, но панель не отвечает. Ключ придёт, когда она вернётся.',
  say_issued: 'Оплачено и выдано.',
  say_refunding: 'Возвращаю деньги.',
  say_refunded: 'Деньги вернулись покупателю.',
  say_canceled: 'Отменён, денег никто не брал.',
  say_expired: 'Не оплачен за час. Денег никто не брал.',
  say_payPending: 'Ждёт оплаты.',
  say_paySucceeded: 'ЮKassa получила деньги.',
  say_payCanceled: 'ЮKassa отменила платёж.',
  workerDownNote: 'Воркер сейчас лежит: покупка ждёт его и продолжится сама.',
  status_created: 'создан',
  status_pending: 'ждёт оплаты',
  status_guarding: 'ждёт дольше',
  status_paid: 'оплачен',
  status_delayed: 'оплачен, ждёт панель',
  status_issued: 'выдано',
  status_refunding: 'возврат',
  status_refunded: 'деньги возвращены',
  status_canceled: 'отменён',
  status_expired: 'истёк',
  status_succeeded: 'оплачен',
  status_waiting_for_capture: 'деньги удержаны',

  panels: 'VPN-панели',
  panelAway: 'Стенд не отвечает',
  panelDown: 'выключена вами',
  panelUp: 'работает',
  noUsers: 'Пока никого. Первый появится после покупки.',
  users: { one: '{n} пользователь', few: '{n} пользователя', many: '{n} пользователей' },
  moreUsers: 'и ещё {n}',
  active: 'активен',
  inactive: 'не активен',
  until: 'до {date}',
  endless: 'без срока',
  traffic: '{used} из {limit} ГБ',
  trafficEndless: '{used} ГБ, без лимита',
  colUser: 'Пользователь',
  colState: 'Состояние',
  colUntil: 'Действует',
  colTraffic: 'Трафик',

  breakIt: 'Ломайте смело',
  breakHint:
    'Включайте в любой момент, хоть посреди оплаты. Покупатель получит ровно одну подписку или деньги обратно.',
  heal: 'Всё починить',
  allWell: 'Всё исправно',
  faultsOn: { one: '{n} поломка', few: '{n} поломки', many: '{n} поломок' },
  outside: 'Внешние сервисы',
  inside: 'Наши процессы',
  buyerGroup: 'Покупатель',
  'fault_panel-down': 'Панель {subject} лежит',
  'why_panel-down': 'Деньги учтены, покупателю об этом сказано. Ключ появится, когда панель вернётся.',
  'fault_yookassa-500-before': 'ЮKassa отвечает 500 и ничего не делает',
  'why_yookassa-500-before': 'Запрос повторяется с тем же ключом идемпотентности. Ссылка придёт позже, и только одна.',
  'fault_yookassa-500-after': 'ЮKassa отвечает 500, но платёж создаёт',
  'why_yookassa-500-after': 'Исход неизвестен. Повтор с тем же ключом вернёт тот же платёж, второго не будет.',
  'fault_webhooks-lost': 'Уведомления ЮKassa теряются',
  'why_webhooks-lost': 'Об оплате узнаем сами: опрос идёт каждые 10 секунд.',
  'fault_telegram-down': 'Telegram не отвечает',
  'why_telegram-down': 'Деньги и подписка не ждут сообщений. Бот допишет всё, когда связь вернётся.',
  'fault_bot-blocked': 'Я блокирую бота',
  'why_bot-blocked': 'Оплата и подписка не зависят от того, можно ли вам написать.',
  killWorker: 'Убить воркер',
  whyWorker: 'kill -9 посреди покупки. Она продолжится с того же места, когда воркер поднимется.',
  killBot: 'Убить бота',
  whyBot: 'kill -9. Нажатия и сообщения подождут в Telegram, платёж идёт без бота.',
  up: 'работает',
  down: 'лежит',
  starting: 'запускается',
  unknownState: 'состояние неизвестно',
  pid: 'pid {pid}',
  cannotKill: 'Страница запущена без npm start, поэтому поднять процесс было бы некому.',
  notKnown: 'сервис не отвечает',
  startFirst: 'Сначала нажмите «Начать» в чате.',
  others: 'Остальные процессы',
};

const EN = {
  title: 'GigaBridge — demo',
  tagline: 'Buy a subscription and break something on the way. The purchase still reaches its end.',
  newBuyer: 'New buyer',
  language: 'Language of this page',
  skip: 'To the chat',
  offline: 'No connection to the demo page. Trying again…',
  tabChat: 'Chat',
  tabPanel: 'Panel',
  tabBreak: 'Break it',
  tabs: 'Sections',

  chatLabel: 'Chat with the shop’s bot',
  messagesLabel: 'Messages',
  bot: 'bot',
  typing: 'typing…',
  sendsPhoto: 'sending a photo…',
  telegramAway: 'Telegram does not answer…',
  blockedByYou: 'You have blocked the bot',
  emptyTitle: 'What can this bot do?',
  emptyText: 'It sells VPN subscriptions: choose a country and a period, pay by card, get the key in this chat.',
  start: 'Start',
  unblock: 'Unblock',
  menu: 'Menu',
  menuLabel: 'Commands of the bot',
  write: 'Message',
  send: 'Send',
  edited: 'edited',
  you: 'you',
  botSays: 'Bot',
  youSay: 'You',
  newMessages: 'Scroll down',
  copied: 'Copied',
  notCopied: 'Could not copy',
  copy: 'Copy',
  ok: 'OK',
  close: 'Close',
  photo: 'Picture from the bot',
  enlarge: 'Enlarge the picture',
  file: 'File',
  spoiler: 'Show the hidden text',
  botSilent: 'The bot did not answer the button. It may not have started yet.',
  today: 'Today',
  yesterday: 'Yesterday',
  cmd_start: 'main menu',
  cmd_buy: 'buy a subscription',
  cmd_subscriptions: 'my subscriptions and keys',
  cmd_help: 'help',
  cmd_language: 'language of the bot',
  cmd_cancel: 'cancel what you began',

  checkout: 'YooKassa checkout',
  checkoutClose: 'Close the checkout',
  checkoutNewTab: 'Open in a new tab',
  checkoutPaid: 'The money has arrived. The key comes to the chat.',
  checkoutCanceled: 'The payment did not go through. The bot will offer another try.',
  checkoutBack: 'Back to the chat',

  happens: 'What happens',
  happensHint: 'Each purchase is a workflow of its own in Temporal. It outlives the stop of any part.',
  guide: 'How to try it',
  guide1: 'Press “Start” in the chat',
  guideTrial: 'Just to try it: “Try it for free”',
  guide2: 'Choose a country and a period, press “Pay”',
  guidePromo: 'For a discount: the button “Promo code” and the code DEMO-20',
  guideGift:
    'Give a subscription: “Give a subscription”, pay, and press “Send it to somebody”. A second visitor opens, who claims it',
  guideInvite: 'Invite a friend: “Invite a friend”, “Share the link”. A second visitor opens, who is the friend',
  guide3: 'Pay with a test card: no real money moves',
  guide4: 'On the way, turn a panel off or kill the worker',
  yookassaAway: 'The YooKassa stand-in does not answer.',
  stepLink: 'Invoice',
  stepMoney: 'Money',
  stepKey: 'Key',
  stepRefund: 'Refund',
  openWorkflow: 'Open the workflow in Temporal',
  workflow: 'Workflow',
  workflowFailed: 'The workflow in Temporal has stopped with an error',
  yours: 'yours',
  twins: 'There is a second payment with the same number!',
  say_created: 'Preparing the payment link.',
  say_pending: 'Waiting for the money: looking every 10 seconds and at once on a notification.',
  say_guarding: 'Five minutes are over. Looking less often until YooKassa says its last word.',
  say_paid: 'The money has arrived, making the key.',
  say_delayed: 'The money has arrived, but the panel does not answer. The key comes when it is back.',
  say_issued: 'Paid and delivered.',
  say_refunding: 'Giving the money back.',
  say_refunded: 'The buyer has the money back.',
  say_canceled: 'Canceled, nobody’s money was taken.',
  say_expired: 'Not paid within an hour. Nobody’s money was taken.',
  say_payPending: 'Waiting for the money.',
  say_paySucceeded: 'YooKassa has the money.',
  say_payCanceled: 'YooKassa has canceled the payment.',
  workerDownNote: 'The worker is down: the purchase waits for it and goes on by itself.',
  status_created: 'created',
  status_pending: 'to be paid',
  status_guarding: 'still to be paid',
  status_paid: 'paid',
  status_delayed: 'paid, waits for panel',
  status_issued: 'delivered',
  status_refunding: 'refunding',
  status_refunded: 'refunded',
  status_canceled: 'canceled',
  status_expired: 'expired',
  status_succeeded: 'paid',
  status_waiting_for_capture: 'money on hold',

  panels: 'VPN panels',
  panelAway: 'The stand-in does not answer',
  panelDown: 'turned off by you',
  panelUp: 'up',
  noUsers: 'Nobody yet. The first one appears after a purchase.',
  users: { one: '{n} user', other: '{n} users' },
  moreUsers: 'and {n} more',
  active: 'active',
  inactive: 'inactive',
  until: 'until {date}',
  endless: 'no end date',
  traffic: '{used} of {limit} GB',
  trafficEndless: '{used} GB, no limit',
  colUser: 'User',
  colState: 'State',
  colUntil: 'Valid',
  colTraffic: 'Traffic',

  breakIt: 'Break something',
  breakHint:
    'Turn it on at any moment, even halfway through paying. The buyer gets exactly one subscription, or the money back.',
  heal: 'Repair everything',
  allWell: 'All is well',
  faultsOn: { one: '{n} fault', other: '{n} faults' },
  outside: 'Outside services',
  inside: 'Our processes',
  buyerGroup: 'Buyer',
  'fault_panel-down': 'Panel {subject} is down',
  'why_panel-down': 'The money is recorded and the buyer is told. The key appears when the panel is back.',
  'fault_yookassa-500-before': 'YooKassa answers 500 and does nothing',
  'why_yookassa-500-before':
    'The request is repeated under the same idempotence key. The link comes later, and only one.',
  'fault_yookassa-500-after': 'YooKassa answers 500 but makes the payment',
  'why_yookassa-500-after':
    'The outcome is unknown. The repeat under the same key gets the same payment, never a second one.',
  'fault_webhooks-lost': 'YooKassa’s notifications get lost',
  'why_webhooks-lost': 'The shop finds out by itself: it looks every 10 seconds.',
  'fault_telegram-down': 'Telegram does not answer',
  'why_telegram-down': 'Money and subscription don’t wait for messages. The bot catches up when the line is back.',
  'fault_bot-blocked': 'I block the bot',
  'why_bot-blocked': 'Payment and subscription don’t depend on whether you can be written to.',
  killWorker: 'Kill the worker',
  whyWorker: 'kill -9 in the middle of a purchase. It goes on from the same place when the worker is back.',
  killBot: 'Kill the bot',
  whyBot: 'kill -9. Presses and messages wait at Telegram, the payment goes on without the bot.',
  up: 'up',
  down: 'down',
  starting: 'starting',
  unknownState: 'state unknown',
  pid: 'pid {pid}',
  cannotKill: 'This page was not started by npm start, so nobody would bring the process back.',
  notKnown: 'does not answer',
  startFirst: 'Press “Start” in the chat first.',
  others: 'Other processes',
};

const TEXTS = { ru: RU, en: EN };
const KEPT = 'gigabridge.language';
const listeners = [];

/** @type {'ru' | 'en'} */
export let language = choose();

function choose() {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'ru' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
}

/** @param {'ru' | 'en'} next */
export function setLanguage(next) {
  language = next;
  localStorage.setItem(KEPT, next);
  for (const listener of listeners) listener();
}

/** @param {() => void} listener called after every change of the language */
export function onLanguage(listener) {
  listeners.push(listener);
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values] for `{name}` places; `n` also chooses the plural form
 * @returns {string}
 */
export function t(key, values = {}) {
  const entry = TEXTS[language][key];
  if (entry === undefined) return key;
  const text =
    typeof entry === 'string'
      ? entry
      : (entry[new Intl.PluralRules(language).select(Number(values.n))] ?? entry.other ?? entry.many);
  return text.replace(/\{(\w+)\}/g, (_whole, name) => String(values[name] ?? ''));
}

/** @param {string} key */
export function hasText(key) {
  return key in TEXTS[language];
}

/** Fills `data-i18n` (text) and `data-i18n-label` (aria-label and title) of the static page. */
export function translatePage() {
  document.documentElement.lang = language;
  document.title = t('title');
  for (const element of document.querySelectorAll('[data-i18n]')) element.textContent = t(element.dataset.i18n);
  for (const element of document.querySelectorAll('[data-i18n-label]')) {
    element.setAttribute('aria-label', t(element.dataset.i18nLabel));
    element.title = t(element.dataset.i18nLabel);
  }
  for (const element of document.querySelectorAll('[data-i18n-placeholder]'))
    element.placeholder = t(element.dataset.i18nPlaceholder);
}
