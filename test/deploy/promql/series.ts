/** Scrapes as Prometheus stores them: one value for each series at each scrape. */
import type { Matcher, Selector } from './parse';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One scrape of everything: its time in ms, and every series there was. */
export interface Scrape {
  readonly at: number;
  readonly samples: readonly Sample[];
}

/** A metrics page (Prometheus docs, text format); `__name__` is a label like any other. */
export function parseMetrics(page: string, target: Labels): Sample[] {
  const samples: Sample[] = [];
  for (const line of page.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!match) continue;
    const labels: Record<string, string> = { __name__: match[1]!, ...target };
    for (const [, name, value] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels[name!] = JSON.parse(`"${value!}"`) as string;
    samples.push({ labels, value: match[3] === '+Inf' ? Infinity : Number(match[3]) });
  }
  return samples;
}

/** What was found in the samples of a scrape before: many scrapes of a timeline share them. */
const found = new WeakMap<Selector, WeakMap<readonly Sample[], readonly Sample[]>>();

/** The samples that a selector is for. */
export function selectedFrom(samples: readonly Sample[], selector: Selector): readonly Sample[] {
  const before = found.get(selector) ?? new WeakMap<readonly Sample[], readonly Sample[]>();
  found.set(selector, before);
  const selected = before.get(samples) ?? samples.filter(({ labels }) => matches(labels, selector));
  before.set(samples, selected);
  return selected;
}

function matches(labels: Labels, { name, matchers }: Selector): boolean {
  return labels['__name__'] === name && matchers.every((matcher) => fits(labels[matcher.label] ?? '', matcher));
}

/** Regular expressions are anchored (Prometheus docs, time series selectors). */
function fits(value: string, { operator, value: wanted }: Matcher): boolean {
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '=~':
      return new RegExp(`^(?:${wanted})$`).test(value);
    case '!~':
      return !new RegExp(`^(?:${wanted})$`).test(value);
  }
}

const keys = new WeakMap<Labels, string>();

/** Which series these labels name. */
export function keyOf(labels: Labels): string {
  const key = keys.get(labels) ?? JSON.stringify(Object.entries(labels).toSorted());
  keys.set(labels, key);
  return key;
}
