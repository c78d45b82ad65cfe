import type { Client } from '@temporalio/client';
import { TypedSearchAttributes, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { LocalizedText } from '../domain/language';
import { giftCountsFrom } from '../domain/voucher/gift';
import { GIFT_WORKFLOW, giftChanged, giftWorkflowId, type GiftInput } from '../workflows/contracts/gift';
import { MAIN_TASK_QUEUE } from '../workflows/contracts/payment';
import { isWorkflowRunning, signalIfRunning } from './describeWorkflow';
import { SEARCH_ATTRIBUTES } from '../workflows/contracts/searchAttributes';

/** Of a gift, what its workflow is started with. */
export interface GiftToFollow {
  readonly id: string;
  readonly giverId: number;
  readonly createdAt: Date;
  /** When what it gave was given back; `null`: never. */
  readonly givenBackAt: Date | null;
  readonly planName: LocalizedText;
}

export type GiftWorkflows = ReturnType<typeof createGiftWorkflows>;

/** Starts `gift` workflows, and wakes them. */
export function createGiftWorkflows(client: Client) {
  return {
    /** Makes sure that the gift's workflow runs: a second call finds the first one's. */
    async ensureRunning({ id, giverId, planName, ...gift }: GiftToFollow): Promise<void> {
      const input: GiftInput = { giftId: id, madeAt: giftCountsFrom(gift).toISOString() };
      await client.workflow.start(GIFT_WORKFLOW, {
        workflowId: giftWorkflowId(id),
        taskQueue: MAIN_TASK_QUEUE,
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `gift: ${planName.en}`,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: SEARCH_ATTRIBUTES.telegramUserId, value: String(giverId) },
          { key: SEARCH_ATTRIBUTES.needsAttention, value: false },
        ]),
      });
    },

    isRunning: (giftId: string): Promise<boolean> => isWorkflowRunning(client, giftWorkflowId(giftId)),

    /** Has the workflow look how the gift stands now. One that has ended needs no call. */
    async changed(giftId: string): Promise<void> {
      await signalIfRunning(client, giftWorkflowId(giftId), giftChanged);
    },
  };
}
