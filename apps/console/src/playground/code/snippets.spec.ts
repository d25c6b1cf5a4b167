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
    const parts = [
      { type: 'input_text', text: 'See' },
      { type: 'input_file', file_id: 'file_1' },
    ];
    const files = dialectRequest('agent', { model: 'p/m', input: [{ role: 'user', content: parts }] });
    expect(files.body).toMatchObject({ input: [{ role: 'user', content: [{ type: 'text', text: 'See' }] }] });
    expect(files.leftOut).toEqual(['input', 'tools']);
  });

  it('has the form of the Messages API', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    const { body, leftOut } = dialectRequest('messages', {
      ...create,
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'See' }, image] }],
      tools: create.tools.slice(0, 3),
      tool_choice: { type: 'function', name: 'f' },
      parallel_tool_calls: false,
      reasoning: { effort: 'low' },
      text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } },
      top_logprobs: 1,
    });
    expect(body).toEqual({
      model: 'm',
      max_tokens: 4_096,
      system: text,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          ],
        },
      ],
      temperature: 0.5,
      tools: [{ name: 'f', input_schema: create.tools[2]?.parameters }],
      mcp_servers: [
        { type: 'url', name: 'antiphon' },
        { type: 'url', name: 'docs', url: 'https://x.test/' },
      ],
      tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } }, effort: 'low' },
    });
    expect(leftOut).toEqual(['top_logprobs', 'authorization']);
    const other = dialectRequest('messages', {
      ...create,
      temperature: 1.5,
      reasoning: { effort: 'minimal' },
      input: [{ type: 'mcp_call', name: 'f' }],
      tools: [{ type: 'image_generation' }],
    });
    expect(other.leftOut).toEqual(['input', 'tools', 'temperature', 'reasoning']);
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
