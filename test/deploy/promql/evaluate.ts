/** Evaluates the parsed part of PromQL on scrapes (Prometheus docs, functions and operators). */
import type { Expression, Selector } from './parse';
import { keyOf, selectedFrom, type Labels, type Sample, type Scrape } from './series';

type Value = readonly Sample[] | number;

/**
 * @param scrapes in the order of their times
 * @param at the scrape of the evaluation, as an index
 */
export function evaluate(expression: Expression, scrapes: readonly Scrape[], at: number): Value {
  const of = (part: Expression): Value => evaluate(part, scrapes, at);
  const vector = (part: Expression): readonly Sample[] => {
    const value = of(part);
    if (typeof value === 'number') throw new Error('a vector is needed, not a number');
    return value;
  };
  switch (expression.type) {
    case 'number':
      return expression.value;
    case 'selector':
      return selected(expression, scrapes, at);
    case 'aggregation':
      return aggregate(expression.name, expression.by, vector(expression.of));
    case 'binary':
      return binary(expression.operator, of(expression.left), of(expression.right));
    case 'call':
      return call(expression.name, expression.args, scrapes, at);
  }
}

function selected(selector: Selector, scrapes: readonly Scrape[], at: number): readonly Sample[] {
  const until = scrapes[at]!.at - selector.offsetMs;
  const scrape = scrapes.findLast((one) => one.at <= until);
  return scrape === undefined ? [] : selectedFrom(scrape.samples, selector);
}

function call(name: string, args: readonly Expression[], scrapes: readonly Scrape[], at: number): Value {
  const [first, second] = args;
  if (name === 'histogram_quantile')
    return quantile(evaluate(first!, scrapes, at) as number, evaluate(second!, scrapes, at) as readonly Sample[]);
  if (name === 'absent') {
    if ((evaluate(first!, scrapes, at) as readonly Sample[]).length > 0) return [];
    return [{ labels: {}, value: 1 }];
  }
  const selector = first as Selector;
  if (selector.type !== 'selector' || selector.rangeMs === undefined) throw new Error(`${name}() needs a range`);
  return rangesOf(selector, scrapes, at).flatMap(({ labels, points }) => {
    const value = overRange(name, points, selector.rangeMs!, scrapes[at]!.at);
    return value === undefined ? [] : [{ labels: without(labels, '__name__'), value }];
  });
}

type Point = readonly [at: number, value: number];

function rangesOf(selector: Selector, scrapes: readonly Scrape[], at: number): { labels: Labels; points: Point[] }[] {
  const found = new Map<string, { labels: Labels; points: Point[] }>();
  const end = scrapes[at]!.at;
  for (const scrape of scrapes.slice(0, at + 1)) {
    if (scrape.at <= end - selector.rangeMs!) continue;
    for (const { labels, value } of selectedFrom(scrape.samples, selector)) {
      const key = keyOf(labels);
      const series = found.get(key) ?? { labels, points: [] };
      series.points.push([scrape.at, value]);
      found.set(key, series);
    }
  }
  return [...found.values()];
}

/** `undefined`: no result, as for a counter of which only one value is known. */
function overRange(name: string, points: readonly Point[], rangeMs: number, end: number): number | undefined {
  if (name === 'changes') return points.filter(([, value], i) => i > 0 && value !== points[i - 1]![1]).length;
  if (name !== 'rate' && name !== 'increase') throw new Error(`${name}() is not known here`);
  if (points.length < 2) return undefined;
  const [firstAt, firstValue] = points[0]!;
  const [lastAt, lastValue] = points.at(-1)!;
  let grown = lastValue - firstValue;
  // A counter that is smaller than before was reset by a restart.
  for (const [i, [, value]] of points.entries()) if (i > 0 && value < points[i - 1]![1]) grown += points[i - 1]![1];
  // As Prometheus extrapolates to the borders of the range, where the samples come near them.
  const sampled = lastAt - firstAt;
  const average = sampled / (points.length - 1);
  let before = firstAt - (end - rangeMs);
  if (before >= average * 1.1) before = average / 2;
  if (grown > 0 && firstValue >= 0) before = Math.min(before, sampled * (firstValue / grown));
  const increase = grown * ((sampled + before + Math.min(end - lastAt, average / 2)) / sampled);
  return name === 'increase' ? increase : increase / (rangeMs / 1_000);
}

function aggregate(name: string, by: readonly string[], samples: readonly Sample[]): Sample[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of samples) {
    const kept = Object.fromEntries(by.filter((label) => label in labels).map((label) => [label, labels[label]!]));
    const group = groups.get(keyOf(kept)) ?? { labels: kept, values: [] };
    group.values.push(value);
    groups.set(keyOf(kept), group);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: aggregated(name, values) }));
}

function aggregated(name: string, values: readonly number[]): number {
  if (name === 'sum') return values.reduce((sum, value) => sum + value, 0);
  if (name === 'count') return values.length;
  return name === 'max' ? Math.max(...values) : Math.min(...values);
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};
const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};

function binary(operator: string, left: Value, right: Value): Value {
  if (typeof left === 'number') throw new Error('a rule compares a vector with something');
  const partner = ({ labels }: Sample): Sample | undefined => {
    if (typeof right === 'number') return { labels, value: right };
    const key = keyOf(without(labels, '__name__'));
    return right.find((other) => keyOf(without(other.labels, '__name__')) === key);
  };
  if (operator === 'or') {
    const known = new Set(left.map(({ labels }) => keyOf(without(labels, '__name__'))));
    return [
      ...left,
      ...(right as readonly Sample[]).filter((one) => !known.has(keyOf(without(one.labels, '__name__')))),
    ];
  }
  if (operator === 'unless') return left.filter((one) => partner(one) === undefined);
  if (operator === 'and') return left.filter((one) => partner(one) !== undefined);
  const compare = COMPARISONS[operator];
  return left.flatMap((one) => {
    const other = partner(one);
    if (other === undefined) return [];
    if (compare) return compare(one.value, other.value) ? [one] : [];
    return [{ labels: without(one.labels, '__name__'), value: ARITHMETIC[operator]!(one.value, other.value) }];
  });
}

function quantile(q: number, buckets: readonly Sample[]): Sample[] {
  const groups = new Map<string, { labels: Labels; bounds: (readonly [le: number, count: number])[] }>();
  for (const { labels, value } of buckets) {
    const rest = without(without(labels, 'le'), '__name__');
    const group = groups.get(keyOf(rest)) ?? { labels: rest, bounds: [] };
    group.bounds.push([labels['le'] === '+Inf' ? Infinity : Number(labels['le']), value]);
    groups.set(keyOf(rest), group);
  }
  return [...groups.values()].map(({ labels, bounds }) => ({ labels, value: quantileOf(q, bounds) }));
}

function quantileOf(q: number, bounds: readonly (readonly [le: number, count: number])[]): number {
  const sorted = bounds.toSorted(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (sorted.length < 2 || total === 0) return NaN;
  const rank = q * total;
  const index = sorted.findIndex(([, count]) => count >= rank);
  const [le, count] = sorted[index]!;
  if (le === Infinity) return sorted.at(-2)![0];
  const [lower, below] = index === 0 ? [0, 0] : sorted[index - 1]!;
  return lower + (le - lower) * ((rank - below) / (count - below));
}

function without(labels: Labels, name: string): Labels {
  const { [name]: _gone, ...rest } = labels;
  return rest;
}
