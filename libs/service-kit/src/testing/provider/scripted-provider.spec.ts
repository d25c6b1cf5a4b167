import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { ScriptedProvider } from './scripted-provider.ts';
import { text, wait } from './steps.ts';

it('leaves no listener behind for a wait that is over', async () => {
  const warnings: string[] = [];
  const note = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const pieces = Array.from({ length: 12 }, () => [wait(0), ...text('a'), wait(Promise.resolve())]).flat();
  const provider = await ScriptedProvider.start(() => pieces);
  onTestFinished(() => provider.stop());
  const answer = await fetch(`${provider.baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', stream: true, messages: [] }),
  });
  expect((await answer.text()).match(/"content":"a"/g)).toHaveLength(12);
  await nextTurn();
  expect(warnings).toEqual([]);
});
