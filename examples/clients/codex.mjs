/**
 * Runs a task with the Codex CLI against the server: `node examples/clients/codex.mjs ["the task"]`. The CLI (424 MB) is installed into
 * `.local/codex` when it is missing; CODEX_CLI names a program that is installed elsewhere. CODEX_WEBSOCKET=1 connects by WebSocket.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const version = '0.171.0';
const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const task = process.argv[2] ?? 'Say hello.';

const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: key } = await login.json();
const model = process.env.OPENAI_MODEL ?? (await firstModel());

const folder = mkdtempSync(join(tmpdir(), 'antiphon-codex-'));
const work = join(folder, 'work');
mkdirSync(work);
// All that Codex needs: the base URL, the variable with the key, and the model.
writeFileSync(
  join(folder, 'config.toml'),
  `model = ${JSON.stringify(model)}
model_provider = "antiphon"

[model_providers.antiphon]
name = "Antiphon"
base_url = ${JSON.stringify(`${url}/v1`)}
env_key = "ANTIPHON_API_KEY"
wire_api = "responses"
${process.env.CODEX_WEBSOCKET ? 'supports_websockets = true\n' : ''}`,
);

try {
  const answer = await run(program(), [
    'exec',
    '--json',
    '--skip-git-repo-check',
    '--sandbox',
    'read-only',
    task,
  ]);
  if (answer === undefined) throw new Error('Codex got no answer');
  console.log(`Answer: ${answer}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function firstModel() {
  const listed = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return (await listed.json()).data[0].id;
}

/** The program of the CLI, installed first where it is missing. */
function program() {
  if (process.env.CODEX_CLI) return process.env.CODEX_CLI;
  const home = fileURLToPath(new URL('../../.local/codex', import.meta.url));
  const installed = join(home, 'node_modules/.bin/codex');
  if (existsSync(installed)) return installed;
  console.log(`Installing @openai/codex ${version} into ${home} …`);
  mkdirSync(home, { recursive: true });
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', home, '--no-audit', '--no-fund', `@openai/codex@${version}`],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) throw new Error('npm could not install Codex');
  return installed;
}

/** Runs Codex, prints each event, and resolves to its last message. */
async function run(command, commandArguments) {
  const codex = spawn(command, commandArguments, {
    cwd: work,
    env: { ...process.env, CODEX_HOME: folder, ANTIPHON_API_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve, reject) => {
    codex.once('error', reject);
    codex.once('exit', resolve);
  });
  let answer;
  for await (const line of createInterface({ input: codex.stdout })) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line);
    console.log(event.item ? `${event.type}: ${event.item.type}` : event.type);
    if (event.item?.type === 'agent_message') answer = event.item.text;
    if (event.type === 'turn.failed') throw new Error(event.error.message);
  }
  await ended;
  return answer;
}
