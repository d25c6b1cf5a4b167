import type { ServerResponse } from 'node:http';
import { AppError } from '@antiphon/contracts';

/**
 * A signal that aborts with `cancelled` when the client closes its connection before the response is written. The request's own `close`
 * event comes once its body is read and says nothing about the client.
 */
export function clientGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished)
      gone.abort(new AppError('cancelled', 'The client closed its connection.'));
  });
  return gone.signal;
}
