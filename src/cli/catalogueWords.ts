/** What `npm run catalog -- apply` prints of the changes, in the words of the catalogue file. */
import type { CatalogueChange, CatalogueQuestion, CatalogueTable } from '../domain/catalogueQuestions';
import { formatKopecks, formatMoney } from '../domain/money';

const ENTRY: Readonly<Record<CatalogueTable, string>> = {
  locations: 'location',
  servers: 'server',
  plans: 'plan',
  trials: 'the',
};

/** Columns that have another name in the catalogue file: column name to the file's name. */
const FIELDS: Readonly<Record<string, string>> = {
  name_ru: 'name.ru',
  name_en: 'name.en',
  take_over_after_ms: 'takeOverAfter (ms)',
  location_code: 'location',
  panel_admin_url: 'panel.adminUrl',
  panel_api_key: 'panel.apiKey',
  panel_client_url: 'panel.clientUrl',
  traffic_gb: 'trafficGb',
  price_kopecks: 'priceKopecks',
  price_stars: 'priceStars',
  per_day: 'perDay',
  per_referrer_per_day: 'perReferrerPerDay',
  server_codes: 'servers',
  position: 'place in the file',
};
const SECRET = new Set(['panel_admin_url', 'panel_api_key', 'panel_client_url']);

/** `plan month: priceKopecks 29900 → 19900 (₽299 → ₽199)`: one line for each entry, without secrets. */
export function changeLine({ part, code, kind, columns }: CatalogueChange): string {
  const entry = `${ENTRY[part]} ${code}`;
  if (kind === 'retired')
    return `${entry}: is not in the file any more and is no longer ${part === 'trials' ? 'given' : 'sold'}`;
  const shown = columns.filter(({ column }) => kind === 'changed' || column !== 'position');
  if (kind === 'added') {
    const fields = shown.map(
      ({ column, after }) => `${fieldOf(column)} ${SECRET.has(column) ? '…' : valueOf(column, after)}`,
    );
    return `${entry}: new, ${fields.join(', ')}`;
  }
  const fields = shown.map(({ column, before, after }) =>
    SECRET.has(column)
      ? `${fieldOf(column)} is another one`
      : `${fieldOf(column)} ${valueOf(column, before)} → ${valueOf(column, after)}`,
  );
  return `${entry}: ${fields.join(', ')}`;
}

const fieldOf = (column: string): string => FIELDS[column] ?? column;

function valueOf(column: string, value: unknown): string {
  const written = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return column === 'price_kopecks' && value !== null ? `${written} (${formatKopecks(Number(value), 'en')})` : written;
}

/** The question for the operator, with the mistake that is usually behind such a change. */
export function questionLine(question: CatalogueQuestion): string {
  if (question.about === 'retired')
    return `${question.retired} of the ${question.before} ${question.part} that are sold now would no longer be sold. Is the file whole?`;
  const { plan, currency, before, after } = question;
  const written = (minor: number): string => formatMoney({ currency, minor }, 'en');
  const price = `plan ${plan} would cost ${written(after)}`;
  const instead = before === null ? '' : `, now it costs ${written(before)}`;
  const unit =
    currency === 'RUB' ? `priceKopecks is in kopecks: 29900 is ${written(29_900)}` : 'priceStars is in whole Stars';
  return `${price}${instead}. ${unit}. Is it right?`;
}
