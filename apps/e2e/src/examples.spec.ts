import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { repositoryRoot } from '@antiphon/tools/repository';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeProgram, isClaudeInstalled } from './clients/claude-code.ts';
import { codexProgram, isCodexInstalled } from './clients/codex-cli.ts';
import { surroundings } from './system/surroundings.ts';
import { plausibleModel } from './servers/plausible-model.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider, receiver, web } = system;

const folder = join(repositoryRoot, 'examples');

/** The commands that run an example, and the programs that the machine must have: neither Python nor curl come with Node. */
const runners: Record<string, { command: string; needs: string[] }> = {
  '.mjs': { command: process.execPath, needs: [] },
  '.py': { command: 'python3', needs: ['python3'] },
  '.sh': { command: 'bash', needs: ['bash', 'curl'] },
};

/** Helpers of the examples in a folder. */
const isShared = (file: string) => /^(session|client)\./.test(basename(file));
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => extname(file) in runners && !file.includes('__pycache__') && !isShared(file))
  .sort();
/** The first calls of the README send no token: the local stack needs none. */
const needsNoToken = (file: string) => basename(file).startsWith('quickstart.');
const runnable = examples.filter((file) => !needsNoToken(file) && isRunnable(file));

const lanes = 4;
const exampleTimeoutMs = 50_000;

describe('the examples', () => {
  // One of them waits until the time of its run is over.
  beforeAll(() => system.restart('responses', { RESPONSE_TIMEOUT: '15s' }));
  afterAll(async () => {
    await system.restart('llm');
    await system.restart('responses');
  });

  scenario(
    'examples',
    'run with a scripted model, and print what their documents say',
    async () => {
      provider.script = plausibleModel(web.url);
      const outputs = await runAll('scripted');
      for (const [file, expected] of [
        ['jan/javascript/simple-tool.mjs', /Tools Used: 1/],
        ['jan/python/simple_tool.py', /Tools Used: 1/],
        ['jan/curl/simple-tool.sh', /google_search/],
        [
          'jan/python/chained_tools.py',
          /1\. google_search \(depth: 0, \d+ms\)\n2\. scrape \(depth: 1, \d+ms\)/,
        ],
        [
          'streaming.mjs',
          /\[Tool: google_search\]\n[^]*Based on recent results: all is well\.\nStream complete/,
        ],
        [
          'streaming.py',
          /\[Tool: google_search\]\n[^]*Based on recent results: all is well\.\nStream complete/,
        ],
        ['jan/javascript/error-timeout.mjs', /Failure reason: /],
        ['jan/python/error_timeout.py', /Failure reason: /],
        ['jan/javascript/error-max-depth.mjs', /maximum depth of 1/],
        ['jan/python/error_max_depth.py', /maximum depth of 1/],
        ['jan/curl/errors.sh', /tool_timeout[^]*max_depth_exceeded[^]*not_found/],
        ['jan/javascript/cancel.mjs', /Task cancelled: cancelled\nCancelled at: \d+/],
        ['jan/python/cancel.py', /Status: cancelled\nCancelled at: \d+/],
        ['jan/curl/cancel.sh', /"cancelled_at": ?\d+/],
        ['openai/conversation.mjs', /user: What is my name\?\nassistant: /],
        ['openai/bud/responses-api.mjs', /Calling get_weather with: \{ location: 'Paris' \}/],
        ['openai/bud/responses_api.py', /3 turns\n/],
        ['openai/bud/multi-turn.sh', /previous_response_id/],
        ['openai/function-call.mjs', /get_weather\(\{"city":"Paris"\}\)\nIn Paris it is sunny, 22°C\./],
        ['codex/tool-call.mjs', /It is 18:42 UTC\./],
        ['codex/background.mjs', /Status: completed\nOutput: /],
        ['events/consumer.mjs', /events\.responses\.completed .*"toolCalls"[^]*events\.usage\.recorded /],
        ['openai/webhook-endpoint.mjs', /response\.completed for resp_/],
        ['prompts/structured-output.mjs', /Paris, France\nAttempts: 2/],
        ['jan/javascript/background-webhook.mjs', /response\.completed for resp_/],
        ['jan/python/background_webhook.py', /response\.completed for resp_/],
      ] as const) {
        const output = outputs.get(file);
        if (output !== undefined) expect.soft(output, file).toMatch(expected);
      }
      if (outputs.has('jan/curl/background-polling.sh')) await receiver.received('example-scripted', 1);
    },
    150_000,
  );

  scenario(
    'examples',
    'run with the demo provider',
    async () => {
      await system.restart('llm', { OPENAI_BASE_URL: '', OPENAI_API_KEY: '', UNKNOWN_MODELS: 'default' });
      await runAll('demo');
      const open = await system.startAnother('responses', { AUTH_ANONYMOUS: 'true' });
      for (const file of examples.filter((name) => needsNoToken(name) && isRunnable(name))) {
        const { code, output } = await run(file, { PATH: process.env.PATH, ANTIPHON_URL: open.url });
        expect.soft(code, `${file}:\n${output}`).toBe(0);
        expect.soft(output).toContain('demo provider');
      }
      await open.stop();
    },
    150_000,
  );

  it('are all listed in the README', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const file of examples) expect.soft(readme).toContain(`(${file})`);
  });
});

/** Runs every example, a few at a time, and returns their output. A failing example fails the test. */
async function runAll(model: string): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  // The slow ones begin first.
  const waits = (file: string) => /timeout|errors|polling/.test(file);
  const queue = [...runnable.filter(waits), ...runnable.filter((file) => !waits(file))];
  const environment = {
    PATH: process.env.PATH,
    ANTIPHON_URL: system.url,
    NATS_URL: surroundings().natsUrls.consumer,
    WEBHOOK_URL: receiver.at(`example-${model}`),
    PYTHONDONTWRITEBYTECODE: '1',
    CODEX_CLI: codexProgram,
    CLAUDE_CODE_CLI: claudeProgram,
  };
  const lane = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const { code, output } = await run(file, environment);
      expect.soft(code, `${file}, ${model} model:\n${output}`).toBe(0);
      outputs.set(file, output);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return outputs;
}

function run(file: string, environment: NodeJS.ProcessEnv): Promise<{ code: unknown; output: string }> {
  const { command } = runners[extname(file)] ?? { command: '' };
  return new Promise((resolve) => {
    execFile(
      command,
      [join(folder, file)],
      { cwd: repositoryRoot, env: environment, timeout: exampleTimeoutMs },
      (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? error.signal) : 0, output: stdout + stderr }),
    );
  });
}

function isRunnable(file: string): boolean {
  // These programs are not installed for the tests.
  if (file === join('clients', 'codex.mjs') && !isCodexInstalled) return false;
  if (file === join('clients', 'claude-code.mjs') && !isClaudeInstalled) return false;
  return runners[extname(file)]?.needs.every(isInstalled) ?? false;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
