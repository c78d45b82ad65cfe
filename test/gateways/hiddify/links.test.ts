import { describe, expect, it } from '@jest/globals';
import {
  IMPORT_APPS,
  importLinks,
  LinkError,
  parseAdminUrl,
  parseClientUrl,
  subscriptionUrl,
} from '../../../src/gateways/hiddify';

const KEY = '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69';

describe('parseAdminUrl', () => {
  it.each([
    `https://panel.example.com/Adm1nPath/${KEY}/`,
    `https://panel.example.com/Adm1nPath/${KEY}/admin/adminuser/?darkmode=true#x`,
    `  https://panel.example.com/Adm1nPath/admin/${KEY}/ \n`,
    `https://PANEL.example.com/Adm1nPath/${KEY.toUpperCase()}`,
    `https://someone:password@panel.example.com/Adm1nPath/${KEY}/l/`,
  ])('takes what an owner copies: %s', (pasted) => {
    expect(parseAdminUrl(pasted)).toEqual({ adminUrl: 'https://panel.example.com/Adm1nPath', apiKey: KEY });
  });

  it('keeps a port', () => {
    expect(parseAdminUrl(`https://203.0.113.5:8443/p4th/${KEY}/`).adminUrl).toBe('https://203.0.113.5:8443/p4th');
  });

  it.each([
    ['hello', 'not-a-link'],
    ['', 'not-a-link'],
    [`ftp://panel.example.com/p4th/${KEY}/`, 'not-a-link'],
    [`javascript:alert(1)//p4th/${KEY}/`, 'not-a-link'],
    [`http://panel.example.com/p4th/${KEY}/`, 'not-https'],
    [`https://panel.example.com/${KEY}/`, 'no-secret-path'],
    ['https://panel.example.com/', 'no-secret-path'],
    [`https://panel.example.com/a%2fb/${KEY}/`, 'no-secret-path'],
    ['https://panel.example.com/Adm1nPath/admin/', 'no-uuid'],
  ])('refuses %s: %s', (pasted, problem) => {
    expect(() => parseAdminUrl(pasted)).toThrow(
      expect.objectContaining({ name: 'LinkError', problem }) as unknown as Error,
    );
  });

  it('plain http stays on this machine unless it is asked for', () => {
    expect(parseAdminUrl(`http://127.0.0.1:9000/p4th/${KEY}/`).adminUrl).toBe('http://127.0.0.1:9000/p4th');
    expect(() => parseAdminUrl(`http://127.0.0.1.evil.example/p4th/${KEY}/`)).toThrow(LinkError);
    expect(parseAdminUrl(`http://panel:9000/p4th/${KEY}/`, { allowHttp: true }).adminUrl).toBe(
      'http://panel:9000/p4th',
    );
  });

  it('no error repeats the link, which holds the key', () => {
    for (const pasted of [
      `http://panel.example.com/p4thSecret/${KEY}/`,
      `https://panel.example.com/${KEY}/`,
      `p4thSecret/${KEY}`,
    ]) {
      try {
        parseAdminUrl(pasted);
        throw new Error('accepted');
      } catch (error) {
        expect(`${String(error)} ${(error as unknown as Error).stack}`).not.toContain(KEY);
        expect(`${String(error)} ${(error as unknown as Error).stack}`).not.toContain('p4thSecret');
      }
    }
  });
});

describe('links of a customer', () => {
  it('any link of one customer tells the client path', () => {
    for (const pasted of [
      `https://sub.example.com/Cl1ent/${KEY}/#Anna`,
      `https://sub.example.com/Cl1ent/${KEY}/all.txt?asn=1`,
    ]) {
      expect(parseClientUrl(pasted)).toEqual({ clientUrl: 'https://sub.example.com/Cl1ent' });
    }
  });

  it('their own link ends with a slash and carries their name', () => {
    expect(subscriptionUrl({ clientUrl: 'https://sub.example.com/Cl1ent', uuid: KEY, name: 'Анна & Co' })).toBe(
      `https://sub.example.com/Cl1ent/${KEY}/#${encodeURIComponent('Анна & Co')}`,
    );
    expect(subscriptionUrl({ clientUrl: 'https://sub.example.com/Cl1ent/', uuid: KEY, name: '' })).toBe(
      `https://sub.example.com/Cl1ent/${KEY}/`,
    );
  });

  it('each app gets its own scheme, the bare address once, and the name escaped', () => {
    const sub = `https://sub.example.com/Cl1ent/${KEY}/`;
    const q = encodeURIComponent(sub);
    expect(importLinks(`${sub}#old`, 'Анна "#1"')).toEqual({
      hiddify: `hiddify://import/${sub}#${encodeURIComponent('Анна "#1"')}`,
      v2rayng: `v2rayng://install-sub/?url=${q}&name=${encodeURIComponent('Анна "#1"')}`,
      v2raytun: `v2raytun://import/${sub}`,
      happ: `happ://add/${sub}`,
      streisand: `streisand://import/${sub}#${encodeURIComponent('Анна "#1"')}`,
      'sing-box': `sing-box://import-remote-profile?url=${q}#${encodeURIComponent('Анна "#1"')}`,
      clash: `clash://install-config?url=${q}&name=${encodeURIComponent('Анна "#1"')}`,
    });
    expect(Object.keys(importLinks(sub, 'x'))).toEqual([...IMPORT_APPS]);
  });
});
