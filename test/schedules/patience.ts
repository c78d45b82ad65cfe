/** A killed worker is noticed in seconds. */
import { withPatience } from '../support/patience';

export const interceptors = withPatience({ faster: 1, attemptMs: 15_000, silenceMs: 10_000 });
