/** What somebody reads of a workflow who may ask the Temporal server, and has no key of the payloads. */
import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

export interface Readable {
  /** Every text, and what every text and every field of bytes may be read as, in one. */
  readonly text: string;
  /** Where a payload stands that is not encrypted. */
  readonly plain: ReadonlySet<string>;
  /** The encrypted ones. */
  readonly encrypted: readonly Payload[];
}

/** All runs of all workflows of the client's namespace, with the ids of their workflows. */
export async function readNamespace(client: Client): Promise<(Readable & { readonly workflowId: string })[]> {
  const found = new Map<string, { workflowId: string; parts: unknown[] }>();
  for await (const execution of client.workflow.list()) {
    const { workflowId, runId, type, raw } = execution;
    const handle = client.workflow.getHandle(workflowId, runId);
    const queries = [`${type}Progress`, '__temporal_workflow_metadata', '__stack_trace'];
    const answers = await Promise.all(
      queries.map((queryType) =>
        client.workflowService
          .queryWorkflow({
            namespace: client.options.namespace,
            execution: { workflowId, runId },
            query: { queryType },
          })
          .catch(() => undefined),
      ),
    );
    found.set(runId, { workflowId, parts: [raw, (await handle.describe()).raw, await handle.fetchHistory(), answers] });
  }
  return [...found.values()].map(({ workflowId, parts }) => ({ workflowId, ...readable(parts) }));
}

const DECODERS = ['utf8', 'latin1', 'utf16le'] as const;

/** @param value of the server's answers, as they came: bytes are bytes */
export function readable(value: unknown): Readable {
  const texts: string[] = [];
  const plain = new Set<string>();
  const encrypted: Payload[] = [];
  const bytes = (read: Uint8Array): void => {
    for (const encoding of DECODERS) texts.push(Buffer.from(read).toString(encoding));
  };
  const visit = (part: unknown, at: string): void => {
    if (typeof part === 'string') {
      texts.push(part);
      // Bytes that a text carries.
      for (const [word] of part.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)) bytes(Buffer.from(word, 'base64'));
    } else if (part instanceof Uint8Array) bytes(part);
    else if (Array.isArray(part)) for (const one of part) visit(one, at);
    else if (typeof part === 'object' && part !== null) {
      const { metadata, data } = part as Payload;
      if (metadata?.['encoding'] && data) {
        if (Buffer.from(metadata['encoding']).toString() === 'binary/encrypted') encrypted.push(part as Payload);
        else plain.add(at);
      }
      for (const [name, one] of Object.entries(part)) {
        texts.push(name);
        visit(one, `${at}.${name}`);
      }
    } else texts.push(String(part));
  };
  visit(value, '');
  return { text: texts.join('\n'), plain, encrypted };
}

/** What a payload holds once it is decrypted, as text. */
export const textOf = (payload: Payload): string =>
  Buffer.from(temporal.api.common.v1.Payload.encode(payload).finish()).toString();
