/** `node bundle-workflows.mjs WORKFLOWS.js OUT.js`: the workflow bundle that workers load, so that none has to bundle at its start. */
import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode } from '@temporalio/worker';

const [, , workflowsPath = '', out = ''] = process.argv;
const { code } = await bundleWorkflowCode({
  workflowsPath,
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
});
writeFileSync(out, code);
