import { invalid } from './errors';

/** The parameters of one call: query string, JSON or urlencoded, so numbers and flags may come as text. */
export class Params {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  has(name: string): boolean {
    const value = this.values[name];
    return value !== undefined && value !== null && value !== '';
  }

  /** @throws ApiError 400 for an object, and for more characters than `longest` */
  text(name: string, longest = Infinity): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (typeof value === 'object') throw invalid(`${name.toUpperCase()}_INVALID`);
    const text = String(value as string | number | boolean);
    if (text.length > longest) throw invalid(`${name.toUpperCase()}_TOO_LONG`);
    return text;
  }

  required(name: string, longest?: number): string {
    const text = this.text(name, longest);
    if (text === undefined) throw invalid(`PARAM_${name.toUpperCase()}_REQUIRED`);
    return text;
  }

  integer(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw invalid(`${name.toUpperCase()}_INVALID`);
    return value;
  }

  flag(name: string, otherwise: boolean): boolean {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    return ['true', '1'].includes(text.toLowerCase());
  }

  /** One of the words given. */
  choice(name: string, words: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !words.includes(text)) throw invalid(`${name.toUpperCase()}_INVALID`);
    return text;
  }

  /** `"1,2,3"`, or a list as JSON callers send it. */
  list(name: string): string[] | undefined {
    const value = this.values[name];
    if (Array.isArray(value)) return value.map(String);
    return this.text(name)
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
}

/** A page of a list: `offset` 0 and `count` 100 unless told, `count` at most 1000 (Crypto Pay docs, getInvoices). */
export function page<Item>(params: Params, items: readonly Item[]): Item[] {
  const offset = params.integer('offset', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  return items.slice(offset, offset + (params.integer('count', 1, 1000) ?? 100));
}
