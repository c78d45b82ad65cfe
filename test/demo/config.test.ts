import { describe, expect, it } from '@jest/globals';
import { DemoConfigError, readDemoConfig } from '../../demo/config';

const GOOD = {
  DEMO_TELEGRAM_URL: 'http://127.0.0.1:9101/',
  DEMO_YOOKASSA_URL: 'http://localhost:9102',
  DEMO_HIDDIFY_URLS: 'nl-1=http://127.0.0.1:9103, de-1=http://127.0.0.1:9104',
};

function problemsOf(environment: Record<string, string>): string {
  try {
    readDemoConfig(environment);
  } catch (error) {
    if (error instanceof DemoConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('The configuration of the demo page', () => {
  it('is read with its defaults', () => {
    expect(readDemoConfig(GOOD)).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      telegramUrl: 'http://127.0.0.1:9101',
      panels: [
        { name: 'nl-1', url: 'http://127.0.0.1:9103' },
        { name: 'de-1', url: 'http://127.0.0.1:9104' },
      ],
      temporalNamespace: 'default',
    });
  });

  it('names panels by their place when the list gives no names', () => {
    expect(
      readDemoConfig({ ...GOOD, DEMO_HIDDIFY_URLS: 'http://localhost:1,http://localhost:2' }).panels.map(
        ({ name }) => name,
      ),
    ).toEqual(['panel-1', 'panel-2']);
  });

  it('is refused with every missing variable at once, each with an example', () => {
    const message = problemsOf({});
    for (const name of ['DEMO_TELEGRAM_URL', 'DEMO_YOOKASSA_URL', 'DEMO_HIDDIFY_URLS'])
      expect(message).toMatch(new RegExp(`${name}: is missing\\. Example: ${name}=\\S+`));
  });

  it.each([
    ['DEMO_HOST', '0.0.0.0'],
    ['DEMO_PORT', 'http'],
    ['DEMO_TELEGRAM_URL', 'http://telegram.example.com'],
    ['DEMO_YOOKASSA_URL', 'https://api.yookassa.ru/v3'],
    ['DEMO_HIDDIFY_URLS', 'nl=http://192.168.0.1:9103'],
    ['DEMO_HIDDIFY_URLS', 'nl=http://localhost:1,nl=http://localhost:2'],
    ['DEMO_BOT_URL', 'https://shop.example.com'],
    ['TEMPORAL_UI_URL', 'localhost:8233'],
  ])('refuses %s=%s, so that the page reaches this machine only and can be reached from it only', (name, value) => {
    expect(problemsOf({ ...GOOD, [name]: value })).toContain(`  ${name}: `);
  });
});
