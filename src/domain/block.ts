/**
 * Why an owner has blocked somebody. The shop takes no orders from them and gives them nothing more; what they have paid
 * for stays theirs.
 *
 * - `fraud`: what they have had for friends, and still lies ahead, is taken back as well
 * - `abuse`: of the shop or its people
 */
export const BLOCK_REASONS = ['fraud', 'abuse', 'other'] as const;
export type BlockReason = (typeof BLOCK_REASONS)[number];
