import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Language } from '../../src/domain/language';
import { grantWords } from '../../src/messages/screens/wording';
import { createTexts, html, localeFile, plain, t, tame } from '../../src/messages/locales/index';

/** Each text with the variables it names, however deep in a plural they stand. */
function messages(language: Language): Map<string, { variables: string[]; text: string }> {
  const found = new Map<string, { variables: string[]; text: string }>();
  for (const part of readFileSync(localeFile(language), 'utf8').split(/^(?=[a-z][a-z0-9-]* =)/m)) {
    const key = /^([a-z][a-z0-9-]*) =/.exec(part)?.[1];
    if (key === undefined) continue;
    const text = part.replace(/^#.*$/gm, '');
    found.set(key, {
      text,
      variables: [...new Set([...text.matchAll(/\$([a-zA-Z]+)/g)].map((match) => match[1]!))].sort(),
    });
  }
  return found;
}

describe('the locale files', () => {
  const [ru, en] = [messages('ru'), messages('en')];

  it('hold the same texts with the same variables', () => {
    expect([...en.keys()].sort()).toEqual([...ru.keys()].sort());
    for (const [key, { variables }] of ru) expect([key, en.get(key)!.variables]).toEqual([key, variables]);
  });

  it('say every limit that a plan grants where they say the traffic', () => {
    const limits = Object.keys(grantWords('en', { days: 30, trafficGb: 100 })).filter((word) => word !== 'days');
    expect(limits).toContain('traffic');
    // About the order of limited and unlimited days: traffic alone.
    const ofTrafficOnly = ['renewal-after-unlimited'];
    const silent = [...ru].filter(
      ([key, { variables }]) =>
        variables.includes('traffic') &&
        !ofTrafficOnly.includes(key) &&
        !limits.every((limit) => variables.includes(limit)),
    );
    expect(silent.map(([key]) => key)).toEqual([]);
  });

  it('use only tags that Telegram knows, in texts only', () => {
    for (const texts of [ru, en]) {
      for (const [key, { text }] of texts) {
        const tags = [...text.matchAll(/<\/?([a-z]+)/g)].map((match) => match[1]);
        for (const tag of tags) expect(['b', 'i', 'code', 'pre', 'a', 'blockquote']).toContain(tag);
        if (/^(button|toast|alert|command|page)-/.test(key)) expect([key, tags]).toEqual([key, []]);
      }
    }
  });

  it('hold toasts and alerts that fit (200 characters) and button labels of a readable length', () => {
    for (const texts of [ru, en]) {
      for (const [key, { text }] of texts) {
        const words = text.slice(text.indexOf('=') + 1).trim();
        if (/^(toast|alert)-/.test(key) || key === 'subscription-gone')
          expect([key, words.length <= 200]).toEqual([key, true]);
        if (key.startsWith('button-')) expect([key, Array.from(words).length <= 40]).toEqual([key, true]);
        if (key.startsWith('command-')) expect([key, words.length <= 256 && words.length > 2]).toEqual([key, true]);
      }
    }
  });

  it('hold every text the code asks for, and none that nobody asks for', () => {
    const source = ['src/bot', 'src/messages', 'src/http', 'src/activities'].flatMap((folder) =>
      readdirSync(path.resolve(__dirname, '../..', folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFileSync(path.resolve(__dirname, '../..', folder, file), 'utf8')),
    );
    const code = source.join('\n');
    // Keys that are put together: `payment-${status}`, `button-${…}`, `page-open-${…}`, `command-${…}`.
    const assembled = [/^payment-/, /^button-/, /^page-(open|return)-/, /^command-/];
    const unused = [...ru.keys()].filter(
      (key) =>
        !code.includes(`'${key}'`) && !code.includes(`\`${key}`) && !assembled.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
    const asked = [...code.matchAll(/(?:\bt|plain)\((?:ctx\.visit\.)?language, '([a-z-]+)'/g)].map(
      (match) => match[1]!,
    );
    expect(asked.filter((key) => !ru.has(key))).toEqual([]);
    const labels = [...code.matchAll(/label\('([a-z-]+)'\)/g)].map((match) => `button-${match[1]}`);
    expect(labels.filter((key) => !ru.has(key))).toEqual([]);
  });
});

describe('t', () => {
  it('escapes what people wrote and leaves our own markup', () => {
    expect(t('en', 'welcome', { name: '<b>&"' })).toContain('<b>&lt;b&gt;&amp;&quot;</b>');
    expect(t('en', 'welcome', { name: html('<i>ok</i>') })).toContain('<b><i>ok</i></b>');
    expect(plain('en', 'button-open-app', { app: 'A&B' })).toContain('A&B');
  });

  it('puts no invisible marks around arguments: they would be copied with a key', () => {
    expect(t('ru', 'failure', { incident: 'AB23CD' })).toContain('<code>AB23CD</code>');
  });

  it('refuses a text with a hole', () => {
    const texts = createTexts();
    expect(() => texts.t('ru', 'failure')).toThrow(/failure/);
    expect(() => texts.t('ru', 'no-such-text')).toThrow(/no-such-text/);
  });
});

describe('tame', () => {
  it('cuts by characters, never through an emoji, and drops direction marks', () => {
    expect(tame('😀😀😀', 2)).toBe('😀…');
    expect(tame('a\u202Eb\u0000c\u2066')).toBe('abc');
  });
});
