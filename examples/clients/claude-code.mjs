/**
 * Runs a task with Claude Code against the server: `node examples/clients/claude-code.mjs ["the task"]`. The program (235 MB) is installed into
 * `.local/claude-code` when it is missing; CLAUDE_CODE_CLI names one that is installed elsewhere.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const version = '2.1.197';
const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const task = process.argv[2] ?? 'Say hello.';

const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: key } = await login.json();
const model = process.env.OPENAI_MODEL ?? (await firstModel());

const folder = mkdtempSync(join(tmpdir(), 'antiphon-claude-'));
const work = join(folder, 'work');
mkdirSync(work);

try {
  const answer = await run(program(), ['-p', task, '--output-format', 'stream-json', '--verbose']);
  if (answer === undefined) throw new Error('Claude Code got no answer');
  console.log(`Answer: ${answer}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function firstModel() {
  const listed = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return (await listed.json()).data[0].id;
}

/** The program, installed first where it is missing. */
function program() {
  if (process.env.CLAUDE_CODE_CLI) return process.env.CLAUDE_CODE_CLI;
  const home = fileURLToPath(new URL('../../.local/claude-code', import.meta.url));
  const installed = join(home, 'node_modules/.bin/claude');
  if (existsSync(installed)) return installed;
  console.log(`Installing @anthropic-ai/claude-code ${version} into ${home} …`);
  mkdirSync(home, { recursive: true });
  const options = ['--prefix', home, '--no-audit', '--no-fund', '--foreground-scripts'];
  const { status } = spawnSync('npm', ['install', ...options, `@anthropic-ai/claude-code@${version}`], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm could not install Claude Code');
  return installed;
}

/** Runs Claude Code, prints each event, and resolves to its result. */
async function run(command, commandArguments) {
  const claude = spawn(command, commandArguments, {
    cwd: work,
    env: {
      ...process.env,
      // All that Claude Code needs: the address, the key, and the model, also for its small requests.
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      ANTHROPIC_MODEL: model,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
      CLAUDE_CONFIG_DIR: folder,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve, reject) => {
    claude.once('error', reject);
    claude.once('exit', resolve);
  });
  let answer;
  for await (const line of createInterface({ input: claude.stdout })) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line);
    console.log(event.subtype ? `${event.type}: ${event.subtype}` : event.type);
    if (event.type !== 'result') continue;
    if (event.is_error) throw new Error(event.result);
    answer = event.result;
  }
  await ended;
  return answer;
}
