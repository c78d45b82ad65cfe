import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { composeAsWritten, fileText, ROOT } from './compose';

const run = promisify(execFile);
const dockerfile = fileText('Dockerfile');
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

describe('Dockerfile', () => {
  it('is what Docker understands', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it('is built from one Node image, pinned to a release of glibc', () => {
    expect(/^ARG NODE_IMAGE=(.*)$/m.exec(dockerfile)?.[1]).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1])).toEqual([
      '${NODE_IMAGE}',
      'base',
      'base',
      '${NODE_IMAGE}',
    ]);
  });

  it('runs as nobody who could change the image', () => {
    expect(/^USER (\S+)$/m.exec(lastStage)?.[1]).toBe('1000:1000');
    expect(lastStage).not.toMatch(/--chown|chmod/);
  });

  it('holds no secret: nothing but the listed files gets in, and no argument takes one', () => {
    const [first, ...kept] = fileText('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(kept.toSorted()).toEqual([
      '!.npmrc',
      '!package-lock.json',
      '!package.json',
      '!scripts',
      '!src',
      '!tsconfig.base.json',
      '!tsconfig.build.json',
    ]);
    expect(dockerfile).not.toMatch(/^(ARG|ENV)\b.*(TOKEN|SECRET|PASSWORD|_KEY)/m);
  });

  it('copies only what exists', () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(sources.length).toBeGreaterThan(4);
    expect(sources.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
  });

  it('starts processes that are in the image', () => {
    const { worker, bot } = composeAsWritten().services;
    expect([worker?.command, bot?.command]).toEqual([
      ['node', 'dist/worker/main.js'],
      ['node', 'dist/bot/main.js'],
    ]);
    for (const entry of ['src/worker/main.ts', 'src/bot/main.ts'])
      expect(existsSync(path.join(ROOT, entry))).toBe(true);
  });
});

describe('ops', () => {
  const scripts = readdirSync(path.join(ROOT, 'ops'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sh'))
    .map((file) => path.join(ROOT, 'ops', file));

  it.each(scripts.map((file) => [path.relative(ROOT, file), file]))(
    '%s is a shell script that stops at the first failure',
    async (_name, file) => {
      await run('sh', ['-n', file]);
      expect(fileText(path.relative(ROOT, file))).toMatch(/^#!\/bin\/(ba)?sh\n[^]*^set -eu/m);
      expect(statSync(file).mode & 0o111).not.toBe(0);
    },
  );

  it('raises alerts and draws graphs only from metrics that the shop has', () => {
    const source = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => fileText(path.join('src', file)))
      .join('\n');
    const used = [fileText('ops/prometheus/alerts.yml'), fileText('ops/grafana/dashboards/gigabridge.json')].flatMap(
      (text) => [...text.matchAll(/gigabridge_[a-z_]+/g)].map(([name]) => name),
    );
    const withoutSuffix = [...new Set(used.map((name) => name.replace(/_(bucket|count|sum)$/, '')))].filter(
      (name) => !name.endsWith('_watch'),
    );
    expect(withoutSuffix.length).toBeGreaterThan(3);
    expect(withoutSuffix.filter((name) => !source.includes(`'${name}'`))).toEqual([]);
  });

  it('has a section of the runbook for every alert, and no other', () => {
    const alerts = [...fileText('ops/prometheus/alerts.yml').matchAll(/^ +- alert: (\w+)$/gm)].map((match) => match[1]);
    const sections = [...fileText('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map((match) => match[1]);
    expect(alerts.length).toBeGreaterThan(5);
    expect(sections.toSorted()).toEqual(alerts.toSorted());
  });
});
