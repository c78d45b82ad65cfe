/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/jestEnvironment.cjs',
  testSequencer: '<rootDir>/test/support/longestFirst.cjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Builds and other runs' data are no modules of ours; jest would watch and map them all.
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/\\.gigabridge'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  // The limit only ends what hangs. A call that a stopping worker has taken and not begun is given to another one after
  // up to 45 s, and a busy machine stands still for seconds.
  testTimeout: 240_000,
  clearMocks: true,
  restoreMocks: true,
};
