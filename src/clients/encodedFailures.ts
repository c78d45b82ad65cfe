/**
 * Beside the codec: what an error says and where it was thrown are payloads, too, so they are encrypted with the rest.
 */
import { DefaultFailureConverter } from '@temporalio/common';

/** The name by which Temporal's SDK finds it (`failureConverterPath`), in a process and in the workflows' sandbox. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
