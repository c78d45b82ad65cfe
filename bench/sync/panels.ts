/**
 * Panels for the bench in a process of their own: ten stand-ins, each with the accounts of one server. Prints their
 * addresses.
 */
import { readFileSync } from 'node:fs';
import { start } from '../../simulators/hiddify/server';

async function main(): Promise<void> {
  const folder = process.argv[2]!;
  const count = Number(process.argv[3]);
  const panels = [];
  for (let i = 0; i < count; i += 1) {
    const file = `${folder}/s${i}.json`;
    readFileSync(file);
    panels.push(await start({ port: 0, host: '127.0.0.1', state: file }));
  }
  console.log(`panels ${JSON.stringify(panels.map(({ adminUrl, apiKey }) => ({ adminUrl, apiKey })))}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
