import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { OutsideServer } from '../servers/mcp-server.ts';
import { sharedSystem } from '../system/system.ts';
import { CodexCli, isCodexInstalled, relayTo } from './codex-cli.ts';
import type { ToolTurn } from './tool-system.ts';

const system = await sharedSystem();
const { provider } = system;
const key = await system.token();
const lastBody = () => JSON.stringify(provider.calls.at(-1)?.body);

const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch\n';
const commands: ToolTurn[] = [['exec_command', { cmd: 'echo one > a.txt && cat a.txt' }]];
const everything: ToolTurn[] = [
  ...commands,
  ['exec_command', { cmd: `apply_patch <<'EOF'\n${patch}EOF` }],
  ['web_search', { queries: ['rain'] }],
  ['mcp__notes__read_note', { name: 'a' }],
];

/** Lets the model make these calls, one a turn, after each question of the user, and then answer. */
function play(calls: readonly ToolTurn[]): void {
  provider.script = ({ index, toolOutputs, userText }) => {
    if (userText.includes('CONTEXT CHECKPOINT COMPACTION')) return [text('One became two.')];
    const call = userText.startsWith('Go on') ? undefined : calls[toolOutputs.length];
    return call ? [reasoning('Hm.'), toolCall(...call, { id: `call_${index}` })] : [text('All done.')];
  };
}

// The CLI is 424 MB, so no package of the repository.
describe.skipIf(!isCodexInstalled)('the Codex CLI', () => {
  let notes: OutsideServer;
  beforeAll(async () => {
    notes = await OutsideServer.start();
    await system.restart('llm', { UNKNOWN_MODELS: 'default' });
  });
  afterAll(async () => {
    await system.restart('llm');
    await notes.stop();
  });
  const start = (options: Partial<ConstructorParameters<typeof CodexCli>[0]> = {}) => {
    const tables = `[mcp_servers.notes]\nurl = "${notes.url}"`;
    const codex = new CodexCli({ url: system.url, key, tables, ...options });
    onTestFinished(() => codex.remove());
    return codex;
  };
  const unconfined = ['--sandbox', 'danger-full-access'];
  const sawEverything = [
    { type: 'command_execution', aggregated_output: textWith('one'), exit_code: 0 },
    { type: 'file_change', status: 'completed' },
    { type: 'web_search', query: 'rain', action: { type: 'search', queries: ['rain'] } },
    {
      type: 'mcp_tool_call',
      server: 'notes',
      status: 'completed',
      result: { content: [{ type: 'text', text: 'note a' }] },
    },
    { type: 'agent_message', text: 'All done.' },
  ];
  /** Without its remarks about models that it does not know. */
  const done = (items: { type: string }[]) =>
    items.filter(({ type }) => type !== 'error' && type !== 'reasoning');

  scenarioOfProcesses(
    'client-codex-cli',
    'runs commands, a patch, a web search and an MCP tool over HTTP',
    async () => {
      play(everything);
      const codex = start();
      const items = await codex.exec(...unconfined, 'Do it.');
      expect(done(items)).toMatchObject(sawEverything);
      expect(items).toContainEqual(expect.objectContaining({ type: 'reasoning', text: 'Hm.' }));
      expect(readFileSync(join(codex.work, 'a.txt'), 'utf8')).toBe('two\n');
    },
    90_000,
  );

  scenarioOfProcesses(
    'client-codex-cli',
    'does the same over a WebSocket',
    async () => {
      const relay = await relayTo(system.url);
      onTestFinished(() => relay.stop());
      play(everything);
      const codex = start({ url: relay.url, provider: 'supports_websockets = true' });
      expect(done(await codex.exec(...unconfined, 'Do it.'))).toMatchObject(sawEverything);
      expect(relay.upgrades()).toBeGreaterThan(0);
    },
    90_000,
  );

  scenarioOfProcesses(
    'client-codex-cli',
    'goes on after its context was compacted',
    async () => {
      play(commands);
      const codex = start();
      await codex.exec(...unconfined, 'Do it.');
      const items = await codex.exec('resume', '--last', '-c', 'model_auto_compact_token_limit=10', 'Go on.');
      expect(done(items)).toMatchObject([{ type: 'agent_message', text: 'All done.' }]);
      expect(lastBody()).toContain('One became two.');
      expect(lastBody()).not.toContain('exec_command\\"');
    },
    90_000,
  );

  scenarioOfProcesses(
    'client-codex-cli',
    'has its context compacted by the server where the base URL is all that it has',
    async () => {
      provider.script = ({ index, toolOutputs, userText }) => {
        if (userText.includes('Sum up our conversation')) return [text('One was written.')];
        if (userText.startsWith('Go on') || toolOutputs.length > 0) return [text('All done.')];
        return [toolCall('exec_command', { cmd: 'echo one' }, { id: `call_${index}` })];
      };
      const codex = start({ isBuiltIn: true });
      expect(done(await codex.exec(...unconfined, 'Do it.'))).toMatchObject([
        { type: 'command_execution', aggregated_output: textWith('one') },
        { type: 'agent_message', text: 'All done.' },
      ]);
      const items = await codex.exec('resume', '--last', '-c', 'model_auto_compact_token_limit=10', 'Go on.');
      expect(done(items)).toMatchObject([{ type: 'agent_message', text: 'All done.' }]);
      expect(lastBody()).toContain('What was said before, summed up:\\n\\nOne was written.');
      expect(lastBody()).not.toContain('exec_command\\"');
    },
    90_000,
  );

  // The CLI knows these models, and sends tools of other types for them.
  scenarioOfProcesses(
    'client-codex-cli',
    'patches by a custom tool and finds MCP tools by tool_search',
    async () => {
      play([
        ['apply_patch', { input: '*** Begin Patch\n*** Add File: b.txt\n+new\n*** End Patch\n' }],
        ['tool_search', { query: 'read note' }],
        ['mcp__notes__read_note', { name: 'b' }],
      ]);
      const codex = start();
      const items = await codex.exec(...unconfined, '-m', 'gpt-5.5', 'Do it.');
      expect(done(items)).toMatchObject([
        { type: 'file_change', status: 'completed' },
        { type: 'mcp_tool_call', result: { content: [{ text: 'note b' }] } },
        { type: 'agent_message', text: 'All done.' },
      ]);
      expect(readFileSync(join(codex.work, 'b.txt'), 'utf8')).toBe('new\n');
    },
    90_000,
  );

  scenarioOfProcesses(
    'client-codex-cli',
    'runs code with tools that its input adds',
    async () => {
      play([['functions__exec', { input: "text('seen ' + 6 * 7)" }]]);
      const items = await start().exec(...unconfined, '-m', 'gpt-6.2-sol', 'Do it.');
      expect(done(items)).toMatchObject([{ type: 'agent_message', text: 'All done.' }]);
      expect(lastBody()).toContain('seen 42');
    },
    90_000,
  );
});
