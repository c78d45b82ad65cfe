/** An hour of retries passes in two seconds. */
import { withPatience } from '../support/patience';

export const interceptors = withPatience({ faster: 1_800, attemptMs: 15_000, silenceMs: 8_000 });
