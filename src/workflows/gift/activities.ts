import { proxyActivities } from '@temporalio/workflow';
import type { GiftActivities } from '../contracts/gift';
import { DATABASE, TELEGRAM } from '../retryPolicies';

export const database = proxyActivities<Pick<GiftActivities, 'giftState' | 'returnGift'>>(DATABASE);
export const telegram = proxyActivities<Pick<GiftActivities, 'tellGiver'>>(TELEGRAM);
