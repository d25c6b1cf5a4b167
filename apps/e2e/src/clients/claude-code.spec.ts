import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { ClaudeCode, type ClaudeEvent, isClaudeInstalled } from './claude-code.ts';
import type { ToolTurn } from './tool-system.ts';

const system = await sharedSystem();
const { provider } = system;
const key = await system.token();

/** The results of tools that the program sent to the model, in their order. */
const resultsIn = (events: readonly ClaudeEvent[]) =>
  events.flatMap(({ type, message }) => (type === 'user' ? (message?.content ?? []) : []));
const endOf = (events: readonly ClaudeEvent[]) => events.find(({ type }) => type === 'result');

/** Lets the model make these calls, one a turn, and then answer. */
function play(calls: readonly ToolTurn[]): void {
  provider.script = ({ index, toolOutputs }) => {
    const call = calls[toolOutputs.length];
    return call ? [reasoning('Hm.'), toolCall(...call, { id: `call_${index}` })] : [text('All done.')];
  };
}

// The program is 235 MB, so no package of the repository.
describe.skipIf(!isClaudeInstalled)('Claude Code', () => {
  beforeAll(() => system.restart('llm', { UNKNOWN_MODELS: 'default' }));
  afterAll(() => system.restart('llm'));
  const start = () => {
    const claude = new ClaudeCode({ url: system.url, key, model: 'gpt-scripted' });
    onTestFinished(() => claude.remove());
    return claude;
  };

  scenarioOfProcesses(
    'client-claude-code',
    'runs commands, reads, edits and writes files, and goes on later',
    async () => {
      const claude = start();
      const file = join(claude.work, 'a.txt');
      play([
        ['Bash', { command: 'echo one > a.txt && cat a.txt', description: 'Writes a file' }],
        ['Read', { file_path: file }],
        ['Edit', { file_path: file, old_string: 'one', new_string: 'two' }],
        ['Write', { file_path: join(claude.work, 'b.txt'), content: 'three' }],
      ]);
      const events = await claude.run('Do it.');
      expect(endOf(events)).toMatchObject({ is_error: false, result: 'All done.', num_turns: 5 });
      expect(resultsIn(events)).toMatchObject([
        { content: 'one', is_error: false },
        { content: textWith('one') },
        { content: textWith('updated successfully') },
        { content: textWith('created successfully') },
      ]);
      expect(readFileSync(file, 'utf8')).toBe('two\n');
      expect(existsSync(join(claude.work, 'b.txt'))).toBe(true);

      provider.script = () => [text('Still here.')];
      expect(endOf(await claude.run('--continue', 'Go on.'))).toMatchObject({ result: 'Still here.' });
      expect(JSON.stringify(provider.calls.at(-1)?.body)).toContain('echo one');
    },
    90_000,
  );

  scenarioOfProcesses(
    'client-claude-code',
    'counts its context, and compacts it',
    async () => {
      const claude = start();
      play([['Bash', { command: 'echo one', description: 'Says one' }]]);
      await claude.run('Do it.');
      expect(endOf(await claude.run('--continue', '/context'))?.['result']).toMatch(/System tools \| [1-9]/);
      provider.script = () => [text('<summary>One was said.</summary>')];
      await claude.run('--continue', '/compact');
      provider.script = () => [text('All done.')];
      expect(endOf(await claude.run('--continue', 'Go on.'))).toMatchObject({ result: 'All done.' });
      const body = JSON.stringify(provider.calls.at(-1)?.body);
      expect(body).toContain('One was said.');
      expect(body).not.toContain('echo one');
    },
    90_000,
  );

  scenarioOfProcesses(
    'client-claude-code',
    'searches the web, asks an agent of its own, and lives with a tool that the model made up',
    async () => {
      const claude = start();
      provider.script = ({ index, toolOutputs, userText, body }) => {
        const id = { id: `call_${index}` };
        const offered = JSON.stringify(body.tools ?? []);
        if (userText.includes('Perform a web search'))
          return toolOutputs.length > 0
            ? [text('Two pages.')]
            : [toolCall('web_search', { queries: ['rain'] }, id)];
        if (userText.includes('Say hi to me')) return [text('Hi from the agent.')];
        if (!offered.includes('"Agent"')) return [text('Title')];
        const calls: ToolTurn[] = [
          ['guessed', { a: 1 }],
          ['WebSearch', { query: 'rain' }],
          ['Agent', { description: 'Greets', prompt: 'Say hi to me', subagent_type: 'general-purpose' }],
        ];
        const call = calls[toolOutputs.length];
        return [call ? toolCall(...call, id) : text('All done.')];
      };
      const events = await claude.run('--allowedTools', 'WebSearch', 'Agent', '--', 'Search.');
      expect(endOf(events)).toMatchObject({ is_error: false, result: 'All done.' });
      const results = JSON.stringify(resultsIn(events));
      expect(results).toContain('/pages/');
      expect(results).toContain('Hi from the agent.');
      expect(results).not.toContain('API Error');
    },
    90_000,
  );
});
