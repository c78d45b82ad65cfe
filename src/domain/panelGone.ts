/** An operator has said that the panel of this server is gone for good: nothing can be asked of it or told it. */
export class PanelGoneError extends Error {
  override readonly name = 'PanelGoneError';
  constructor(readonly serverCode: string) {
    super(`the panel of server ${serverCode} is gone for good`);
  }
}
