import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { dialectRequest } from './dialect-request.ts';
import { snippet } from './snippets.ts';

const text = `it's "quoted" \\ and
two lines, $HOME, \`date\`, \u2028, 😀`;
const create = {
  model: 'm',
  instructions: text,
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }],
  temperature: 0.5,
  tools: [
    { type: 'mcp', server_label: 'antiphon' },
    { type: 'mcp', server_label: 'docs', server_url: 'https://x.test/', authorization: 'secret' },
    {
      type: 'function',
      name: 'f',
      parameters: { type: 'object', additionalProperties: false, default: null },
    },
    { type: 'web_search' },
  ],
};
const options = { origin: 'http://localhost:1', needsKey: true };
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('copied code', () => {
  it('never holds a credential, and says what a dialect leaves out', () => {
    const openai = dialectRequest('openai', create);
    expect(JSON.stringify(openai)).not.toContain('secret');
    expect(openai.leftOut).toEqual(['authorization']);
    const jan = dialectRequest('jan', create);
    expect(jan.body).toMatchObject({
      system_prompt: text,
      tools: [{ server_label: 'antiphon' }, { server_label: 'docs' }, { function: { name: 'f' } }],
    });
    expect(jan.leftOut).toEqual(['tools', 'authorization']);
    const agent = dialectRequest('agent', create);
    expect(agent.body).toMatchObject({ stream: 'off', model_settings: { temperature: 0.5 } });
    expect(agent.leftOut).toEqual(['model', 'tools', 'instructions', 'authorization']);
  });

  it('keeps every character in each language', () => {
    const { path, body } = dialectRequest('openai', create);
    const request = { path, body, leftOut: [] };
    const shell = snippet('curl', request, options).replace(/^curl[^]*@- /, 'cat ');
    expect(JSON.parse(execFileSync('bash', ['-c', shell], { encoding: 'utf8' }))).toEqual(body);
    const script = snippet('javascript', request, options).replace(
      /\nconst answer[^]*$/,
      'console.log(JSON.stringify(body))',
    );
    expect(JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }))).toEqual(body);
    if (!hasPython) return;
    const program = snippet('python', request, options).replace(
      /\nrequest = [^]*$/,
      'print(json.dumps(body))',
    );
    expect(JSON.parse(execFileSync('python3', ['-c', program], { encoding: 'utf8' }))).toEqual(body);
  });
});
