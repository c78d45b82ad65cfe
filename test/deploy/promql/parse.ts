/** The part of PromQL that ops/prometheus/alerts.yml uses (Prometheus docs, querying basics and operators). */

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface Selector {
  readonly type: 'selector';
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Milliseconds of a range selector. */
  readonly rangeMs: number | undefined;
  /** Milliseconds that it looks back. */
  readonly offsetMs: number;
}

export type Expression =
  | Selector
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly type: 'aggregation';
      readonly name: string;
      readonly by: readonly string[];
      readonly of: Expression;
    }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression };

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?(?:ms|[smhd])?)|([a-zA-Z_:][\w:]*)|(=~|!~|!=|==|>=|<=|[-+*/(){}[\],=<>]))/y;
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const AGGREGATIONS = ['sum', 'max', 'min', 'count'];
/** By precedence, the loosest first. */
const OPERATORS = [['or'], ['and', 'unless'], ['==', '!=', '>', '<', '>=', '<='], ['+', '-'], ['*', '/']];

/** @throws Error for what is not in this part of the language, so that no rule is silently read as something else */
export function parsePromql(text: string): Expression {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at];
  const take = (wanted?: string): string => {
    const token = tokens[at];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`expected ${wanted ?? 'more'} instead of ${token ?? 'the end'} in: ${text}`);
    at += 1;
    return token;
  };
  const list = <T>(close: string, item: () => T): T[] => {
    const items: T[] = [];
    while (peek() !== close) {
      items.push(item());
      if (peek() !== close) take(',');
    }
    take(close);
    return items;
  };

  function binary(level: number): Expression {
    const operators = OPERATORS[level];
    if (operators === undefined) return atom();
    let left = binary(level + 1);
    while (operators.includes(peek() ?? ''))
      left = { type: 'binary', operator: take(), left, right: binary(level + 1) };
    return left;
  }

  function labels(): string[] {
    take('by');
    take('(');
    return list(')', take);
  }

  function atom(): Expression {
    const token = take();
    if (token === '(') {
      const inside = binary(0);
      take(')');
      return inside;
    }
    if (token === '-' && /^\d/.test(peek() ?? '')) return { type: 'number', value: -Number(take()) };
    if (/^\d/.test(token)) return { type: 'number', value: Number(token) };
    if (AGGREGATIONS.includes(token)) {
      let by = peek() === 'by' ? labels() : [];
      take('(');
      const of = binary(0);
      take(')');
      if (peek() === 'by') by = labels();
      return { type: 'aggregation', name: token, by, of };
    }
    if (peek() === '(') {
      take();
      return { type: 'call', name: token, args: list(')', () => binary(0)) };
    }
    return selector(token);
  }

  function selector(name: string): Selector {
    let matchers: Matcher[] = [];
    if (peek() === '{') {
      take();
      matchers = list('}', () => ({
        label: take(),
        operator: take() as Matcher['operator'],
        value: JSON.parse(take()) as string,
      }));
    }
    let rangeMs: number | undefined;
    if (peek() === '[') {
      take();
      rangeMs = durationMs(take());
      take(']');
    }
    let offsetMs = 0;
    if (peek() === 'offset') {
      take();
      offsetMs = durationMs(take());
    }
    return { type: 'selector', name, matchers, rangeMs, offsetMs };
  }

  const whole = binary(0);
  if (at < tokens.length) throw new Error(`"${tokens[at]}" is not understood in: ${text}`);
  return whole;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < trimmed.length;) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(trimmed);
    if (!found) throw new Error(`cannot be read from "${trimmed.slice(from, from + 20)}" on: ${text}`);
    tokens.push(found[0].trim());
  }
  return tokens;
}

/** @throws Error for anything but a duration such as `10m` */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new Error(`${text} is no duration`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** Every selector in an expression. */
export function selectorsOf(expression: Expression): Selector[] {
  switch (expression.type) {
    case 'selector':
      return [expression];
    case 'number':
      return [];
    case 'call':
      return expression.args.flatMap(selectorsOf);
    case 'aggregation':
      return selectorsOf(expression.of);
    case 'binary':
      return [...selectorsOf(expression.left), ...selectorsOf(expression.right)];
  }
}
