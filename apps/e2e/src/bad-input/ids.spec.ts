import { describe, expect } from 'vitest';
import type { JanError } from '../clients/jan-client.ts';
import { anyString } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { badInputSystem, expectRefusal, path } from './bad-input.ts';

const { jan } = await badInputSystem();

const valid = { model: 'jan-v2-30b', input: 'Hello' };

describe('an id', () => {
  scenario('bad-ids', 'that cannot be one is 404 wherever it stands', async () => {
    const ids = [
      'invalid_id',
      'resp_',
      'resp_0000000000000000000000',
      'resp_%00000000000000000000000',
      'msg_00000000000000000000000000',
      "resp_'; drop table responses; --",
      'resp_ﬀ0000000000000000000000',
      '%2e%2e%2fsecret',
      'null',
      '0',
      `resp_${'0'.repeat(150)}`,
      '*',
    ];
    for (const id of ids) {
      const encoded = id.includes('%') ? id : encodeURIComponent(id);
      expectRefusal(await jan.get<JanError>(encoded), 404, `get ${id}`);
      expectRefusal(await jan.inputItems<JanError>(encoded), 404, `input_items ${id}`);
      expectRefusal(await jan.cancel<JanError>(encoded), 404, `cancel ${id}`);
      expectRefusal(await jan.delete<JanError>(encoded), 404, `delete ${id}`);
      if (id.length <= 128)
        expectRefusal(
          await jan.create<JanError>({ ...valid, previous_response_id: id }),
          404,
          `previous ${id}`,
        );
    }
    const tooLong = await jan.get<JanError>(`resp_${'0'.repeat(3_000)}`);
    expect(tooLong.status).toBeGreaterThanOrEqual(400);
    expect(tooLong.status).toBeLessThan(500);
  });

  scenario('bad-anything', 'and an unknown path or method is 404 or 405', async () => {
    for (const [method, at] of [
      ['GET', path],
      ['PUT', path],
      ['PATCH', `${path}/resp_0000000000000000000000`],
      ['POST', `${path}/resp_0000000000000000000000`],
      ['GET', `${path}/resp_0000000000000000000000/cancel`],
      ['GET', `${path}/resp_0000000000000000000000/nothing`],
      ['GET', '/responses/v1/nothing'],
    ] as const) {
      const answer = await jan.request<JanError>(method, at);
      expect([404, 405], `${method} ${at}`).toContain(answer.status);
      expect(answer.body, `${method} ${at}`).toMatchObject({
        error: { message: anyString },
      });
    }
  });
});
