import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientGone } from './client-gone.ts';

/** The two things that `clientGone` reads of a response. */
function responseThat(writableFinished: boolean): ServerResponse {
  return Object.assign(new EventEmitter(), { writableFinished }) as unknown as ServerResponse;
}

describe('clientGone', () => {
  it('aborts with `cancelled` when the connection closes before the response is written', () => {
    const response = responseThat(false);
    const signal = clientGone(response);
    response.emit('close');
    expect(signal.reason).toMatchObject({ code: 'cancelled' });
  });

  it('does not abort when the connection closes after the response', () => {
    const response = responseThat(true);
    const signal = clientGone(response);
    response.emit('close');
    expect(signal.aborted).toBe(false);
  });
});
