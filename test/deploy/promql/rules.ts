/** The rules of ops/prometheus/alerts.yml, evaluated as Prometheus does: every 15 s, `for` included. */
import { parse } from 'yaml';
import { fileText } from '../compose';
import { evaluate } from './evaluate';
import { durationMs, parsePromql, selectorsOf, type Expression } from './parse';
import { keyOf, type Labels, type Sample, type Scrape } from './series';

export interface Rule {
  readonly alert: string;
  readonly expression: Expression;
  readonly forMs: number;
  readonly summary: string;
}

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly annotations: { readonly summary: string };
    }[];
  }[];
}

const STEP_MS = 15_000;

export const rules: readonly Rule[] = (parse(fileText('ops/prometheus/alerts.yml')) as RuleFile).groups.flatMap(
  (group) =>
    group.rules.map(({ alert, expr, annotations, ...rule }) => ({
      alert,
      expression: parsePromql(expr),
      forMs: rule.for === undefined ? 0 : durationMs(rule.for),
      summary: annotations.summary,
    })),
);

/** Metrics that any rule reads; the rest of a scrape need not be kept. */
const METRICS: ReadonlySet<string> = new Set(
  rules.flatMap(({ expression }) => selectorsOf(expression).map(({ name }) => name)),
);

/** What was scraped before and after a trouble; it is played on after an hour of calm. */
export interface Trouble {
  readonly before: readonly Sample[];
  readonly after: readonly Sample[];
  /** Changes a sample of the trouble's step n, counted from 1: what a test can't wait for. */
  readonly change?: (sample: Sample, step: number) => Sample | undefined;
}

const CALM_STEPS = 245;
const TROUBLE_STEPS = 130;
/** How often what was seen once happens in each step: a shop has many buyers. */
const REPEATS = 10;
/** Of counters, whose growth repeats with every step of the trouble. */
const COUNTER = /_(total|count|sum|bucket)$|^(service_errors|schedule_)/;

export function timeline({ before, after, change = (sample) => sample }: Trouble): { scrapes: Scrape[]; from: number } {
  const kept = (samples: readonly Sample[]) => samples.filter(({ labels }) => METRICS.has(labels['__name__']!));
  const calm = kept(before);
  const known = new Map(calm.map(({ labels, value }) => [keyOf(labels), value]));
  const troubled = kept(after);
  const scrapes: Scrape[] = [];
  for (let step = 0; step < CALM_STEPS; step += 1) scrapes.push({ at: step * STEP_MS, samples: calm });
  for (let step = 1; step <= TROUBLE_STEPS; step += 1) {
    const samples = troubled.flatMap((sample) => {
      const { labels, value } = sample;
      const start = known.get(keyOf(labels)) ?? 0;
      const grown = COUNTER.test(labels['__name__']!)
        ? { labels, value: start + (value - start) * step * REPEATS }
        : sample;
      return change(grown, step) ?? [];
    });
    scrapes.push({ at: (CALM_STEPS + step - 1) * STEP_MS, samples });
  }
  return { scrapes, from: CALM_STEPS };
}

/** The labels with which a rule fires at any time from the scrape `from` on. */
export function firings(rule: Rule, { scrapes, from }: { scrapes: readonly Scrape[]; from: number }): Labels[] {
  const since = new Map<string, number>();
  const fired = new Map<string, Labels>();
  for (let at = from; at < scrapes.length; at += 1) {
    const value = evaluate(rule.expression, scrapes, at);
    if (typeof value === 'number') throw new Error(`${rule.alert} is a number`);
    const now = new Map(value.map(({ labels }) => [keyOf(labels), labels]));
    for (const key of since.keys()) if (!now.has(key)) since.delete(key);
    for (const [key, labels] of now) {
      if (!since.has(key)) since.set(key, scrapes[at]!.at);
      if (scrapes[at]!.at - since.get(key)! >= rule.forMs) fired.set(key, labels);
    }
  }
  return [...fired.values()];
}
