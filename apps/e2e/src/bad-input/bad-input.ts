import { afterAll, expect } from 'vitest';
import type { Answer, JanError } from '../clients/jan-client.ts';
import { anyString, textLike } from '../checks/matchers.ts';
import { sharedSystem } from '../system/system.ts';

/** The responses of the Jan dialect. */
export const path = '/responses/v1/responses';

/** Checks the status and the shape of a refusal, which shows no internals. `what` names the case. */
export function expectRefusal(answer: Answer<JanError>, status: number, what = ''): void {
  expect([what, answer.status, answer.text.slice(0, 300)]).toEqual([what, status, expect.anything()]);
  expect(answer.body, what).toEqual({
    error: {
      message: textLike(/\w/),
      type: textLike(/_error$/),
      code: anyString,
    },
  });
  expect(answer.headers.get('x-request-id'), what).toBeTruthy();
  expect(answer.text, what).not.toMatch(/\bat \S+ \(|node_modules|select |insert into/i);
}

/** Works on all entries, `count` at a time. */
export async function inParallel<Entry>(
  entries: readonly Entry[],
  count: number,
  work: (entry: Entry) => Promise<void>,
): Promise<void> {
  const waiting = [...entries];
  const lane = async () => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) await work(entry);
  };
  await Promise.all(Array.from({ length: count }, lane));
}

/** The shared system with a caller. The system must still answer after the scenarios of the calling spec. */
export async function badInputSystem() {
  const system = await sharedSystem();
  const jan = await system.jan();

  /** Sends a raw body. */
  const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
    jan.request<JanError>('POST', path, {
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  afterAll(async () => {
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
    expect((await jan.create({ input: 'Still there?' })).status).toBe(200);
  });
  return { jan, send };
}
