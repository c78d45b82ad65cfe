import type { Payload, PayloadCodec } from '@temporalio/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HttpRoutes } from '../server';

/** Histories are at most 50 MB, and the Web UI sends a page of them at a time (Temporal docs, limits). */
const BODY_LIMIT = 16 * 1024 * 1024;

const body = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.base64()).default({}), data: z.base64().default('') })),
});

export interface CodecRoutesOptions {
  readonly codec: PayloadCodec;
  /** The address of the Temporal Web UI: only its pages may ask. */
  readonly uiUrl: string;
}

/**
 * `POST /codec/decode` and `/codec/encode`: Temporal's codec endpoint, by which the Web UI shows encrypted payloads
 * (docs.temporal.io, "Codec Server"). Whoever reaches this port can read what histories say, so it belongs to the same
 * network as the Web UI, as `/metrics` does.
 */
export function codecRoutes({ codec, uiUrl }: CodecRoutesOptions): HttpRoutes {
  const { origin } = new URL(uiUrl);
  const allow = (reply: FastifyReply) =>
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'content-type, x-namespace, authorization',
      'access-control-allow-credentials': 'true',
      vary: 'origin',
    });
  const answer =
    (convert: (payloads: Payload[]) => Promise<Payload[]>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      allow(reply);
      const asked = body.safeParse(request.body);
      if (!asked.success) return reply.code(400).send({ error: 'a list of payloads is expected' });
      try {
        return { payloads: (await convert(asked.data.payloads.map(fromJson))).map(toJson) };
      } catch (error) {
        return reply.code(400).send({ error: (error as Error).message });
      }
    };
  return (app) => {
    for (const [path, convert] of [
      ['/codec/decode', (payloads: Payload[]) => codec.decode(payloads)],
      ['/codec/encode', (payloads: Payload[]) => codec.encode(payloads)],
    ] as const) {
      app.options(path, async (_request, reply) => allow(reply).code(204).send());
      app.post(path, { bodyLimit: BODY_LIMIT }, answer(convert));
    }
  };
}

type JsonPayload = z.output<typeof body>['payloads'][number];

function fromJson({ metadata, data }: JsonPayload): Payload {
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: Buffer.from(data, 'base64'),
  };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
    data: base64(data),
  };
}
