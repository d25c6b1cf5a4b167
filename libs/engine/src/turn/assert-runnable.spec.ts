import type { RequestServer, Response } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { assertRunnable } from './assert-runnable.ts';
import { type ScriptedTool, ScriptedTools, serverTool, testLimits } from '../testing/index.ts';

const never = new AbortController().signal;
const limits = { ...testLimits, contextTokensMax: 100 };
const long = 'x'.repeat(1_000);

const saying = (text: string) => [
  {
    type: 'message' as const,
    id: 'msg_long',
    role: 'user' as const,
    content: [{ type: 'text' as const, text }],
    status: 'completed' as const,
  },
];

const check = (changes: Partial<Response>, ...tools: ScriptedTool[]) =>
  assertRunnable(
    testCaller,
    { response: testResponse({ serverTools: tools.length > 0 ? 'all' : [], ...changes }), history: [] },
    limits,
    { tools: new ScriptedTools(...tools) },
    never,
  );

it('refuses a context that does not fit where it must not be cut', async () => {
  await expect(check({ keepsContext: true, input: saying(long) })).rejects.toMatchObject({
    code: 'context_too_long',
  });
  await check({ keepsContext: true, input: saying('short') });
  await check({ input: saying(long) });
});

it('refuses a choice without its tool, unless a server that is not listed yet may offer it', async () => {
  const refusal = { code: 'invalid_request', param: 'tool_choice' };
  await expect(check({ toolChoice: 'required' })).rejects.toMatchObject(refusal);
  await expect(check({ toolChoice: { name: 'other' } }, serverTool('add'))).rejects.toMatchObject(refusal);
  await check({ toolChoice: 'required' }, serverTool('add'));
  const server: RequestServer = {
    label: 'docs',
    origin: null,
    allowed: null,
    approval: { always: null, never: null, otherwise: null },
    sealedAccess: null,
  };
  await check({ toolChoice: 'required', requestServers: [server] });
});
