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
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? '');
    if (/^\d{6,15}$/.test(kept.id) && typeof kept.firstName === 'string') return kept;
  } catch {
    // None yet, or not ours.
  }
  return newBuyer(language);
}

/** @param {'ru' | 'en'} language */
export function newBuyer(language) {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const names = NAMES[language];
  const buyer = { id: String(1_000_000_000 + (random % 8_000_000_000)), firstName: names[random % names.length] };
  localStorage.setItem(KEPT, JSON.stringify(buyer));
  return buyer;
}
