/**
 * Which test files begin first. Without times of an earlier run jest goes by the size of a file, and the simulated
 * year, which is short to write and long to live through, would begin when all others have ended.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

/** The longest ones, longest first; measured as test/README.md says. */
const LONGEST = [
  'test/year/year.test.ts',
  'test/schedules/killed.test.ts',
  'test/e2e/replicas.test.ts',
  'test/jobs/workflows.test.ts',
  'test/workflows/payment.test.ts',
  'test/cli/payment.test.ts',
];

class LongestFirst extends Sequencer {
  /** @param {{ path: string }[]} tests */
  sort(tests) {
    const place = ({ path }) => {
      const index = LONGEST.findIndex((name) => path.replaceAll('\\', '/').endsWith(name));
      return index < 0 ? LONGEST.length : index;
    };
    return super.sort(tests).toSorted((a, b) => place(a) - place(b));
  }
}

module.exports = LongestFirst;
