import { describe, expect } from 'vitest';
import type { JanError } from '../clients/jan-client.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const jan = await system.jan();

describe('management', () => {
  scenario(['jan-retrieve', 'jan-cross-dialect'], 'returns the body of the create', async () => {
    const { body } = await jan.create({
      input: 'Hello',
      metadata: { project: { nested: [1, null] } },
      system_prompt: 'Be kind',
    });
    const { status, body: stored } = await jan.get(body.id);
    expect(status).toBe(200);
    expect(stored).toEqual(body);
    expect(stored.metadata).toEqual({ project: { nested: [1, null] } });
    const { body: other } = await jan.request<Record<string, unknown>>('GET', `/v1/responses/${body.id}`);
    expect(other).toMatchObject({
      id: body.id,
      object: 'response',
      status: 'completed',
      instructions: 'Be kind',
    });
  });

  scenario('jan-input-items', 'lists everything that the model was sent', async () => {
    const first = await jan.create({ input: 'What is new?' });
    const { body } = await jan.create({
      system_prompt: 'Be brief',
      input: [
        { role: 'user', content: 'And this?' },
        { role: 'user', content: [{ type: 'text', text: 'And that?' }] },
      ],
      previous_response_id: first.body.id,
    });
    const { status, body: items } = await jan.inputItems(body.id);
    expect(status).toBe(200);
    expect(items).toEqual([
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'What is new?' },
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'And this?' },
      { role: 'user', content: 'And that?' },
    ]);
  });

  scenario('jan-delete', 'deletes a response', async () => {
    const { body } = await jan.create({ input: 'Hello' });
    const deleted = await jan.delete(body.id);
    expect(deleted).toMatchObject({ status: 204, text: '' });
    for (const answer of [await jan.get<JanError>(body.id), await jan.delete<JanError>(body.id)]) {
      expect(answer).toMatchObject({
        status: 404,
        body: { error: { type: 'not_found_error', code: 'not_found' } },
      });
    }
    expect((await jan.inputItems(body.id)).status).toBe(404);
    expect((await jan.cancel(body.id)).status).toBe(404);
  });
});
