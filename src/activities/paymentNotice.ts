import type { Language } from '../domain/language';
import type { Payment } from '../domain/payment';
import type { Html } from '../messages/locales/index';
import { attentionScreen } from '../messages/screens/attention';
import { workflowPage, type TemporalUi } from '../messages/screens/webUi';
import { paymentWorkflowId } from '../workflows/contracts/payment';
import type { TellOwners } from './ownerNotice';

/** The page of a payment's workflow in the Web UI; `undefined` where there is none. */
export function paymentPage(temporalUi: TemporalUi | undefined, paymentId: string): string | undefined {
  return workflowPage(temporalUi, paymentWorkflowId(paymentId));
}

/**
 * Tells the owners that a payment needs a person.
 * @param subject what is told once
 * @returns whether an owner knows
 */
export async function tellOfPayment(
  { tellOwners, temporalUi }: { readonly tellOwners: TellOwners; readonly temporalUi: TemporalUi | undefined },
  payment: Payment,
  subject: string,
  noteOf: (language: Language, timeZone: string) => Html,
): Promise<boolean> {
  const workflowUrl = paymentPage(temporalUi, payment.id);
  const { told } = await tellOwners('attention', subject, (language, timeZone) =>
    attentionScreen({ payment, note: noteOf(language, timeZone), workflowUrl }, language),
  );
  return told;
}
