import { PanelGoneError } from '../domain/panelGone';
import type { CatalogueRepository, PanelAccess } from '../storage/postgres/catalogue';

/** @returns `undefined`: an operator has said that the panel of this server is gone for good */
export async function accessUnlessGone(
  catalogue: Pick<CatalogueRepository, 'panelAccess'>,
  serverCode: string,
): Promise<PanelAccess | undefined> {
  try {
    return await catalogue.panelAccess(serverCode);
  } catch (error) {
    if (error instanceof PanelGoneError) return undefined;
    throw error;
  }
}
