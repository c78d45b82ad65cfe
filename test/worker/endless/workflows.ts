/** Workflow code that never gives its thread back, and one that does. */
export async function endless(): Promise<never> {
  await Promise.resolve();
  for (;;);
}

export async function short(): Promise<string> {
  return Promise.resolve('done');
}
