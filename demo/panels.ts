import { z } from 'zod';
import type { StandIn } from './standIn';

/** Only these fields leave the server: uuid and subscription link open somebody's VPN. */
const usersAnswer = z.array(
  z.object({
    name: z.string(),
    is_active: z.boolean(),
    remaining_days: z.number().nullish(),
    usage_limit_GB: z.number().nullish(),
    current_usage_GB: z.number().nullish(),
    telegram_id: z.coerce.number().nullish(),
  }),
);

export interface PanelUser {
  readonly name: string;
  readonly active: boolean;
  readonly remainingDays: number | null;
  readonly usedGb: number;
  readonly limitGb: number | null;
  readonly telegramId: number | null;
}

export interface PanelView {
  readonly name: string;
  /** False when the stand-in's process is away, which is not the same as the fault "panel down". */
  readonly reachable: boolean;
  readonly total: number;
  readonly users: readonly PanelUser[];
}

const MOST_USERS = 30;

export async function viewPanel(name: string, panel: StandIn): Promise<PanelView> {
  try {
    const users = await panel.get('users', usersAnswer);
    return {
      name,
      reachable: true,
      total: users.length,
      users: users.slice(0, MOST_USERS).map((user) => ({
        name: user.name,
        active: user.is_active,
        remainingDays: user.remaining_days ?? null,
        usedGb: user.current_usage_GB ?? 0,
        limitGb: user.usage_limit_GB ?? null,
        telegramId: user.telegram_id ?? null,
      })),
    };
  } catch {
    return { name, reachable: false, total: 0, users: [] };
  }
}
