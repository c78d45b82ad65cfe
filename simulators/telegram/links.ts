export type CheckedLink = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly reason: string };

/**
 * What Telegram takes as a link in a text or a button: http, https and tg, with a host that has a dot (source: TDLib's
 * link check). Custom schemes such as `hiddify://` are refused, and so is `localhost`; `127.0.0.1` is taken.
 */
export function checkLink(link: string): CheckedLink {
  const tg = /^tg:(?:\/\/)?([^/?#]*)(.*)$/is.exec(link);
  if (tg) {
    const allowed = /^[\w-]+$/.test(tg[1] ?? '');
    return allowed
      ? { ok: true, url: `tg://${tg[1]}${tg[2]}` }
      : { ok: false, reason: 'Unallowed characters in URL host' };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(link)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    return { ok: false, reason: 'Unsupported URL protocol' };
  const authority = (scheme === undefined ? link : link.slice(scheme.length + 3)).split(/[/?#]/, 1)[0] ?? '';
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(hostAndPort) ?? [];
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= 65535)) {
    return { ok: false, reason: 'Wrong port number specified in the URL' };
  }
  if (host === '') return { ok: false, reason: 'URL host is empty' };
  if (!host.includes('.') && !host.startsWith('[')) return { ok: false, reason: 'Wrong HTTP URL' };
  return { ok: true, url: scheme === undefined ? `http://${link}` : link };
}

/** The server's check of a button address, after that of the Bot API: a failure is answered with BUTTON_URL_INVALID. */
export function isServableHost(url: string): boolean {
  if (url.startsWith('tg://')) return true;
  try {
    return !/[\s<>"{}|\\^`]/.test(new URL(url).host) && url.length <= 2048;
  } catch {
    return false;
  }
}
