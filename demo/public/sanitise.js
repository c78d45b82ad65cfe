/** The tags that Telegram's messages may have, each with the classes that it may keep. */
const TAGS = new Map([
  ['B', []],
  ['STRONG', []],
  ['I', []],
  ['EM', []],
  ['U', []],
  ['S', []],
  ['CODE', []],
  ['PRE', []],
  ['BR', []],
  ['BLOCKQUOTE', ['expandable']],
  ['SPAN', ['tg-spoiler', 'tg-command']],
  ['A', []],
]);
const LINKS = new Set(['http:', 'https:', 'tg:']);

/**
 * Message HTML as nodes that are safe to show. The stand-in has made it safe already; the page doesn't rely on that.
 * Tags outside the list are dropped and their text stays; scripts and styles go with their content.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function sanitise(html) {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment);
  return fragment;
}

/** @param {Node} from @param {Node} to */
function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.textContent ?? ''));
    if (!(node instanceof HTMLElement) || ['SCRIPT', 'STYLE', 'TEMPLATE', 'IFRAME', 'NOSCRIPT'].includes(node.tagName))
      continue;
    const classes = TAGS.get(node.tagName);
    const link = node.tagName === 'A' ? safeLink(node.getAttribute('href')) : undefined;
    if (classes === undefined || (node.tagName === 'A' && link === undefined)) {
      copy(node, to);
      continue;
    }
    const element = document.createElement(node.tagName);
    const kept = classes.filter((name) => node.classList.contains(name));
    if (kept.length > 0) element.className = kept.join(' ');
    if (link !== undefined)
      Object.assign(element, { href: link, target: '_blank', rel: 'noopener noreferrer nofollow' });
    copy(node, element);
    to.appendChild(element);
  }
}

/** @param {string | null} href */
function safeLink(href) {
  if (href === null || !URL.canParse(href)) return undefined;
  return LINKS.has(new URL(href).protocol) ? href : undefined;
}
