import { ScriptedProvider, text, wait } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { connectTo } from './__fixtures__/connect.ts';
import { modelRequest } from './__fixtures__/model-request.ts';

it.each([true, false])(
  'reports the first output before the answer is whole (gathered: %s)',
  async (gather) => {
    const gate = Promise.withResolvers<void>();
    const server = await ScriptedProvider.start(() => [text('Hel'), wait(gate.promise), text('lo')]);
    const provider = connectTo(server.baseUrl);
    const output = Promise.withResolvers<void>();
    const answer = provider.stream(
      modelRequest('Hi', { gather }),
      new AbortController().signal,
      output.resolve,
    );
    await output.promise;
    gate.resolve();
    let said = '';
    for await (const burst of answer)
      for (const delta of burst) if (delta.type === 'text') said += delta.text;
    expect(said).toBe('Hello');
    await Promise.all([provider.close(), server.stop()]);
  },
);
