/** What a customer's link is made of; with `panelUserId` it is a secret. */
export interface LinkParts {
  readonly panelClientUrl: string;
  readonly panelUserId: string;
  readonly locationFlag: string;
  readonly serverName: string;
}

/**
 * The customer's own link: a secret, made where it is shown and stored nowhere. Its form is the panel's
 * (`<client url>/<uuid>/#<name>`, Hiddify docs); the name is what their app calls the profile.
 */
export function subscriptionLink({ panelClientUrl, panelUserId, locationFlag, serverName }: LinkParts): string {
  return `${panelClientUrl.replace(/\/+$/, '')}/${panelUserId}/#${encodeURIComponent(`${locationFlag} ${serverName}`.trim())}`;
}
