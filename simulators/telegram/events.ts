import { EventEmitter } from 'node:events';
import type { CallbackAnswer } from './state';
import type { MessageView } from './views';

/** An event of the stream `GET /_sim/events`. */
export type ChatEvent =
  | { readonly kind: 'message' | 'edit'; readonly userId: number; readonly message: MessageView }
  | { readonly kind: 'delete'; readonly userId: number; readonly messageId: number }
  | { readonly kind: 'callback-answer'; readonly userId: number; readonly answer: CallbackAnswer }
  | { readonly kind: 'chat-action'; readonly userId: number; readonly action: string }
  | { readonly kind: 'user'; readonly userId: number; readonly blocked: boolean }
  | { readonly kind: 'reset'; readonly userId: 0 };

/** One emitter per stand-in: SSE streams and waiters listen, methods and people report. */
export class ChatEvents {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  report(event: ChatEvent): void {
    this.emitter.emit('chat', event);
  }

  /** @returns a function that stops listening */
  listen(listener: (event: ChatEvent) => void): () => void {
    this.emitter.on('chat', listener);
    return () => this.emitter.off('chat', listener);
  }
}
