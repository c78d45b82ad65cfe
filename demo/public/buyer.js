const KEPT = 'gigabridge.buyer';
const NAMES = {
  ru: [
    'Анна',
    'Борис',
    'Вера',
    'Глеб',
    'Дарья',
    'Егор',
    'Жанна',
    'Игорь',
    'Кира',
    'Лев',
    'Мария',
    'Никита',
    'Ольга',
    'Павел',
    'Рита',
    'Семён',
  ],
  en: [
    'Ada',
    'Ben',
    'Clara',
    'Dan',
    'Emma',
    'Finn',
    'Grace',
    'Hugo',
    'Iris',
    'Jack',
    'Kate',
    'Leo',
    'Mia',
    'Noah',
    'Olive',
    'Paul',
  ],
};

/**
 * This browser's person in the simulated Telegram.
 * @param {'ru' | 'en'} language
 * @returns {{ id: string, firstName: string }}
 */
export function currentBuyer(language) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT) ?? '');
    if (/^\d{6,15}$/.test(kept.id) && typeof kept.firstName === 'string') return kept;
  } catch {
    // None yet, or not ours.
  }
  return newBuyer(language);
}

/** @param {'ru' | 'en'} language */
export function newBuyer(language) {
  sessionStorage.removeItem(KEPT);
  const buyer = randomBuyer(language);
  localStorage.setItem(KEPT, JSON.stringify(buyer));
  return buyer;
}

/**
 * A second person, in this tab alone: somebody whom the first one has invited, or given something.
 * @param {'ru' | 'en'} language
 */
export function guestBuyer(language) {
  const buyer = randomBuyer(language);
  sessionStorage.setItem(KEPT, JSON.stringify(buyer));
  return buyer;
}

/**
 * What a link gives to /start when it opens the bot, also inside Telegram's link for sharing.
 * @param {string} url
 * @returns {string | undefined}
 */
export function startPayload(url) {
  if (!URL.canParse(url) || new URL(url).hostname !== 't.me') return undefined;
  const { searchParams } = new URL(url);
  const payload = searchParams.get('start');
  if (payload !== null) return /^[\w-]{1,64}$/.test(payload) ? payload : undefined;
  return startPayload(searchParams.get('url') ?? '');
}

/** @param {'ru' | 'en'} language */
function randomBuyer(language) {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const names = NAMES[language];
  return { id: String(1_000_000_000 + (random % 8_000_000_000)), firstName: names[random % names.length] };
}
