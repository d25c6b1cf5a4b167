import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { repositoryRoot } from '@antiphon/tools/repository';

/** The Codex CLI where it is installed: `node examples/clients/codex.mjs` installs it into `.local/codex`. */
export const codexProgram =
  process.env.CODEX_CLI ?? join(repositoryRoot, '.local/codex/node_modules/.bin/codex');
export const isCodexInstalled = existsSync(codexProgram);

const taskTimeoutMs = 60_000;

/** What the CLI did, as `codex exec --json` reports it. */
export interface CodexItem {
  type: string;
  [field: string]: unknown;
}

export interface CodexOptions {
  url: string;
  key: string;
  /** Names the base URL only, for the provider that the CLI has built in. Left out: the server is a provider of its own. */
  isBuiltIn?: boolean;
  /** Lines of its configuration beside the base URL, the key and the model: of the provider, then of other tables. */
  provider?: string;
  tables?: string;
}

/** A home of the Codex CLI with a configuration, and a folder that it works in. */
export class CodexCli {
  private readonly home = mkdtempSync(join(tmpdir(), 'antiphon-codex-'));
  readonly work = join(this.home, 'work');

  constructor(private readonly options: CodexOptions) {
    const { url, isBuiltIn = false, provider = '', tables = '' } = options;
    mkdirSync(this.work);
    const server = isBuiltIn
      ? `openai_base_url = "${url}/v1"`
      : `model_provider = "antiphon"

[model_providers.antiphon]
name = "Antiphon"
base_url = "${url}/v1"
env_key = "ANTIPHON_API_KEY"
wire_api = "responses"
${provider}`;
    writeFileSync(join(this.home, 'config.toml'), `model = "gpt-scripted"\n${server}\n${tables}\n`);
  }

  /** Runs `codex exec` with the arguments and returns the completed items. Throws where the turn fails. */
  async exec(...commandArguments: string[]): Promise<CodexItem[]> {
    const codex = spawn(codexProgram, ['exec', ...commandArguments, '--json', '--skip-git-repo-check'], {
      cwd: this.work,
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        CODEX_HOME: this.home,
        [this.options.isBuiltIn ? 'CODEX_API_KEY' : 'ANTIPHON_API_KEY']: this.options.key,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: taskTimeoutMs,
    });
    const [output, log] = await Promise.all([textOf(codex.stdout), textOf(codex.stderr)]);
    const events = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { type: string; item?: CodexItem; error?: { message: string } }); // documented by Codex
    const failed = events.find(({ type }) => type === 'turn.failed');
    if (failed || !events.some(({ type }) => type === 'turn.completed'))
      throw new Error(failed?.error?.message ?? `Codex ended early: ${log}`);
    return events.flatMap(({ type, item }) => (type === 'item.completed' && item ? [item] : []));
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Relays connections to the gateway, and counts those that became WebSockets. */
export async function relayTo(url: string) {
  const { hostname, port } = new URL(url);
  let upgrades = 0;
  const server = createServer((client) => {
    const gateway = connect(Number(port), hostname);
    client.once('data', (head: Buffer) => {
      if (/^upgrade: websocket/im.test(head.toString('latin1'))) upgrades += 1;
    });
    client.pipe(gateway).pipe(client);
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // A server that listens on TCP has an AddressInfo.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upgrades: () => upgrades,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
