import { AppError } from '@antiphon/contracts';
import type { FastifyReply } from 'fastify';

/** Aborts when the client goes away before its answer is whole. The request says nothing of that once its body is read. */
export function signalOfClient(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new AppError('cancelled', 'The client has gone'));
  });
  return controller.signal;
}
