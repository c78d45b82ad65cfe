import type { Settings } from '../../config/settings';
import { examine, type Finding } from './findings';

/** Calls the shop by its public address, as far as that is possible from this machine. */
export async function examinePublicUrl(settings: Pick<Settings, 'PUBLIC_URL'>): Promise<Finding[]> {
  const { PUBLIC_URL: url } = settings;
  if (url === undefined) {
    return [
      {
        part: 'PUBLIC_URL',
        verdict: 'warning',
        what: 'is not set: no webhooks of payment providers (payments are seen within 10 s all the same), no return page',
        next: 'set it once the bot is reachable from the internet.',
      },
    ];
  }
  return examine(
    'PUBLIC_URL',
    "check DNS, certificate and proxy; some networks can't reach themselves from inside, then try from elsewhere.",
    async () => {
      // One of the four paths that a proxy passes on (docs/going-live.md); without a payment's id it does nothing.
      const answer = await fetch(`${url}/pay/return`, { signal: AbortSignal.timeout(10_000), redirect: 'manual' });
      await answer.body?.cancel();
      // Providers do not follow redirects.
      if (answer.status !== 200)
        return [
          {
            verdict: 'bad',
            what: `answers ${answer.status} at /pay/return`,
            next: 'the proxy must pass this path and the webhooks to the bot, without redirects.',
          },
        ];
      return [{ verdict: 'good', what: 'leads to the bot' }];
    },
  );
}
