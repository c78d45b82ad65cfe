const { default: Sequencer } = require('@jest/test-sequencer');

/** By size, which jest goes by where it has no times yet, the longest file of all would begin last and be waited for alone. */
const LONGEST = /[\\/]test[\\/]chaos[\\/]chaos\.test\.ts$/;

module.exports = class LongestFirst extends Sequencer {
  /** @param {import('@jest/test-result').Test[]} tests */
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(({ path }) => LONGEST.test(path)), ...sorted.filter(({ path }) => !LONGEST.test(path))];
  }
};
