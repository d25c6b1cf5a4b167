import { functionCall, type Item } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { SealedReasoning } from '@antiphon/runtime';
import { SecretBox } from '@antiphon/service-kit';
import { expect, it } from 'vitest';
import { createParts, testKey } from '../testing/create-parts.ts';

const reasoning = new SealedReasoning(SecretBox.from(testKey));
const stays = new AbortController().signal;
const { inputs } = createParts();

const origin = { provider: 'gemini.example', extraContent: { thoughtSignature: 'c2ln' } };
const sealed = (caller = testCaller) =>
  reasoning.seal(caller, { text: 'Hm.', calls: [{ id: 'fc_1', callId: 'call_1', origin }] });
const call = (callId: string): Item => functionCall({ id: 'fc', callId, name: 'ask', executor: 'client' });

it("gives calls the provider's data again that a sealed thought of the input has for them", async () => {
  const thought = { type: 'sealed_reasoning' as const, id: 'rs_1', sealed: sealed() };
  const items = await inputs.resolve(
    testCaller,
    [call('call_1'), thought, call('fc_1'), call('call_2')],
    stays,
  );

  expect(items).toEqual([
    { ...call('call_1'), origin },
    { type: 'reasoning', id: 'rs_1', text: 'Hm.', status: 'completed', sealed: thought.sealed },
    { ...call('fc_1'), origin },
    call('call_2'),
  ]);
});

it('refuses a sealed thought of another caller', async () => {
  const stolen = sealed({ ...testCaller, userId: 'another' });
  await expect(
    inputs.resolve(testCaller, [{ type: 'sealed_reasoning', id: 'rs_1', sealed: stolen }], stays),
  ).rejects.toMatchObject({ code: 'invalid_request', reason: 'invalid_encrypted_content' });
});
