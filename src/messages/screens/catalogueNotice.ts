import type { CatalogueQuestion } from '../../domain/catalogueQuestions';
import type { Language } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import { html, plain, t, tame } from '../locales/index';
import type { Screen } from './screen';

/** So many questions fit into a message; the command shows all. */
const SHOWN = 10;

const PARTS = {
  locations: 'catalogue-part-locations',
  servers: 'catalogue-part-servers',
  plans: 'catalogue-part-plans',
} as const;

/** Tells the owner that a worker did not apply the catalogue file, because parts of it look like mistakes. */
export function catalogueNoticeScreen(questions: readonly CatalogueQuestion[], language: Language): Screen {
  const lines = questions.slice(0, SHOWN).map((question) => `• ${lineOf(question, language)}`);
  if (questions.length > SHOWN) lines.push('…');
  return { text: t(language, 'catalogue-notice', { questions: html(lines.join('\n')) }) };
}

function lineOf(question: CatalogueQuestion, language: Language): string {
  if (question.about === 'retired') {
    const part = plain(language, PARTS[question.part]);
    return t(language, 'catalogue-question-retired', { part, retired: question.retired, before: question.before });
  }
  const { plan, currency, before, after } = question;
  const written = (minor: number): string => formatMoney({ currency, minor }, language);
  const price = { plan: tame(plan), after: written(after) };
  return before === null
    ? t(language, 'catalogue-question-new-price', price)
    : t(language, 'catalogue-question-price', { ...price, before: written(before) });
}
