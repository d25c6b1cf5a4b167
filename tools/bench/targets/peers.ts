import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { choosePort } from '../../processes/ports.ts';
import { ProcessGroup } from '../process/process-group.ts';
import { type Program, startProgram } from '../process/program.ts';
import { chatRequest, type Target } from './target.ts';

/** Portkey's gateway: a pass-through proxy for chat completions, in wide use. */
export const portkeyPackage = '@portkey-ai/gateway@1.15.2';

/** Where peers are installed: outside the workspace, since they are no dependency of the product. */
const peersFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'antiphon', 'bench-peers');

const tolerantHeaders = join(import.meta.dirname, 'programs/tolerant-headers.ts');

/** Starts Portkey's gateway in front of the provider, and installs it first where it is missing. */
export async function startPortkey(
  providerOrigin: string,
  core: number | null,
): Promise<{ target: Target; program: Program }> {
  const main = join(peersFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(main)) {
    mkdirSync(peersFolder, { recursive: true });
    const options = [
      '--prefix',
      peersFolder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--loglevel=error',
    ];
    execFileSync('npm', ['install', ...options, portkeyPackage], { stdio: 'inherit' });
  }
  const port = await choosePort();
  const program = await startProgram({
    name: portkeyPackage,
    command: [process.execPath, '--import', tolerantHeaders, main, '--headless', `--port=${port}`],
    core,
    // It refuses providers on private addresses unless it runs with trusted hosts.
    environment: { ...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
    workingFolder: peersFolder,
    isReady: (line) => line.includes('Ready for connections') || line.includes(`:${port}`),
  });
  const headers = {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${providerOrigin}/v1`,
    authorization: 'Bearer bench',
  };
  const target = {
    name: 'portkey',
    origin: `http://127.0.0.1:${port}`,
    request: (ask: Parameters<typeof chatRequest>[0]) => chatRequest(ask, headers),
    processes: new ProcessGroup(program.pid, 'portkey'),
  };
  return { target, program };
}
