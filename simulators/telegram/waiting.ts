import type { ServerResponse } from 'node:http';
import { ControlFailure } from './failure';
import type { TelegramSim } from './sim';
import { viewMessage, type MessageView } from './views';

interface WaitRequest {
  readonly textIncludes?: string;
  readonly timeoutMs?: number;
  readonly sinceMessageId?: number;
  readonly sinceSeq?: number;
}

/** The newest message of the bot that has the words, now or within the time. @throws ControlFailure 408 */
export function waitFor(sim: TelegramSim, id: string, request: WaitRequest, res: ServerResponse): Promise<MessageView> {
  const { textIncludes = '', timeoutMs = 10_000, sinceMessageId = 0, sinceSeq = 0 } = request;
  const match = (): MessageView | undefined => {
    const stored = sim.state.chats[id]?.messages.findLast(
      (m) =>
        !m.deleted &&
        m.from === 'bot' &&
        m.message.message_id > sinceMessageId &&
        m.seq > sinceSeq &&
        (m.message.text ?? m.message.caption ?? '').includes(textIncludes),
    );
    return stored && viewMessage(stored);
  };
  return new Promise((resolve, reject) => {
    const now = match();
    if (now) return resolve(now);
    const stop = sim.events.listen(() => {
      const found = match();
      if (found) end(() => resolve(found));
    });
    const timer = setTimeout(() => {
      const seen = sim.state.chats[id]?.messages.findLast((m) => !m.deleted && m.from === 'bot');
      const last = seen?.message.text ?? seen?.message.caption ?? 'nothing';
      end(() =>
        reject(
          new ControlFailure(
            408,
            `no message with "${textIncludes}" within ${timeoutMs} ms; the bot's last words: ${last}`,
          ),
        ),
      );
    }, timeoutMs);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      stop();
      settle();
    };
    res.on('close', () => end(() => undefined));
  });
}
