import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { viewBot } from './bot';
import { switchFault, type Fault } from './faults';
import { streamLive } from './live';
import type { Overview } from './overview';
import { StandInError, type StandIn } from './standIn';
import type { Supervisor } from './supervisor';

export interface RouteSources {
  readonly telegram: StandIn;
  readonly overview: Overview;
  readonly faults: readonly Fault[];
  readonly supervisor: Supervisor;
  /** Where the checkout is: links there open in the page's own frame. */
  readonly checkoutUrl: string;
}

const user = z.object({ user: z.string().regex(/^\d{1,15}$/) });
const key = z.object({ key: z.string().regex(/^[\w-]{1,80}$/) });
const start = z.object({
  firstName: z.string().min(1).max(64),
  languageCode: z.enum(['ru', 'en']),
  /** Of the link by which they come. */
  payload: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
});
const send = z.object({ text: z.string().min(1).max(4096) });
const click = z.object({ messageId: z.int().positive(), data: z.string().min(1).max(64) });
const flip = z.object({ on: z.boolean() });

/** What a message may carry to the page; everything else that the stand-in tells is left out. */
const message = z.object({
  messageId: z.number(),
  seq: z.number().optional(),
  from: z.enum(['bot', 'user']),
  date: z.string(),
  editedAt: z.string().optional(),
  text: z.string().optional(),
  html: z.string().optional(),
  caption: z.string().optional(),
  captionHtml: z.string().optional(),
  photoUrl: z.string().optional(),
  documentUrl: z.string().optional(),
  documentName: z.string().optional(),
  replyMarkup: z.unknown().optional(),
  silent: z.boolean().optional(),
});
const chat = z.object({
  user: z.object({ firstName: z.string(), started: z.boolean().default(true), blocked: z.boolean().default(false) }),
  messages: z.array(message),
});
const nobody: z.output<typeof chat> = { user: { firstName: '', started: false, blocked: false }, messages: [] };

export function addRoutes(
  app: FastifyInstance,
  { telegram, overview, faults, supervisor, checkoutUrl }: RouteSources,
): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof StandInError) return reply.code(error.status).send({ error: error.message });
    if (error instanceof z.ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    return reply
      .code(status)
      .send({ error: status < 500 ? (error as Error).message : 'The demo page failed; its log says more.' });
  });

  app.get('/healthz', () => ({ ok: true }));
  app.get('/api/info', async () => ({ checkoutUrl, bot: await viewBot(telegram) }));

  app.get('/api/live', (request, reply) => {
    const { user: userId } = user.parse(request.query);
    reply.hijack();
    streamLive(reply.raw, { userId, telegram, overview });
  });

  app.get('/api/chat/:user', async (request) => {
    const { user: userId } = user.parse(request.params);
    return telegram.get(`users/${userId}/chat`, chat).catch((error: unknown) => {
      if (error instanceof StandInError && error.status === 404) return nobody;
      throw error;
    });
  });

  const action = (name: string, body: z.ZodType<object>): void => {
    app.post(`/api/chat/:user/${name}`, async (request) => {
      const { user: userId } = user.parse(request.params);
      await telegram.send('POST', `users/${userId}/${name}`, body.parse(request.body));
      return { ok: true };
    });
  };
  action('start', start);
  action('send', send);
  action('click', click);
  action('block', z.object({}));
  action('unblock', z.object({}));

  app.get('/api/files/:key', async (request, reply) => {
    const response = await telegram.open(`files/${key.parse(request.params).key}`, AbortSignal.timeout(5000));
    const type = response.headers.get('content-type') ?? '';
    // Only pictures are shown by the browser; whatever else was uploaded is a download.
    if (/^image\/(png|jpeg|webp)$/.test(type)) reply.type(type);
    else reply.type('application/octet-stream').header('Content-Disposition', 'attachment');
    return Buffer.from(await response.arrayBuffer());
  });

  app.put('/api/faults/:id', async (request, reply) => {
    const { id } = z.object({ id: z.string() }).parse(request.params);
    const fault = faults.find((known) => known.id === id);
    if (!fault) return reply.code(404).send({ error: `No fault is called "${id}".` });
    await switchFault(fault, flip.parse(request.body).on);
    overview.look();
    return { ok: true };
  });

  app.post('/api/processes/:name/kill', async (request, reply) => {
    const { name } = z.object({ name: z.string() }).parse(request.params);
    if (supervisor.kill(name)) return reply.code(202).send({ ok: true });
    return reply
      .code(409)
      .send({ error: 'This page was not started by `npm start`, so nobody would start the process again.' });
  });
}
