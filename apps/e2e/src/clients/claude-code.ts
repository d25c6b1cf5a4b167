import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { repositoryRoot } from '@antiphon/tools/repository';

/** Claude Code where it is installed: `node examples/clients/claude-code.mjs` installs it into `.local/claude-code`. */
export const claudeProgram =
  process.env.CLAUDE_CODE_CLI ?? join(repositoryRoot, '.local/claude-code/node_modules/.bin/claude');
export const isClaudeInstalled = existsSync(claudeProgram);

const taskTimeoutMs = 60_000;

/** A line of `claude -p --output-format stream-json`. */
export interface ClaudeEvent {
  type: string;
  message?: { content: { type: string; [field: string]: unknown }[] };
  [field: string]: unknown;
}

/** A home of Claude Code, and a folder that it works in. */
export class ClaudeCode {
  private readonly home = mkdtempSync(join(tmpdir(), 'antiphon-claude-'));
  readonly work = join(this.home, 'work');

  constructor(private readonly options: { url: string; key: string; model: string }) {
    mkdirSync(this.work);
  }

  /** Runs a task that may run commands and change files, and returns the events. Throws where the program writes no result. */
  async run(...commandArguments: string[]): Promise<ClaudeEvent[]> {
    const { url, key, model } = this.options;
    const allowed = ['--allowedTools', 'Bash', 'Edit', 'Read', 'Write', '--output-format', 'stream-json'];
    const claude = spawn(claudeProgram, ['-p', ...allowed, '--verbose', ...commandArguments], {
      cwd: this.work,
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: key,
        ANTHROPIC_MODEL: model,
        // Nothing but the API is reached.
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: taskTimeoutMs,
    });
    const [output, log] = await Promise.all([textOf(claude.stdout), textOf(claude.stderr)]);
    const events = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as ClaudeEvent); // documented by Claude Code
    if (!events.some(({ type }) => type === 'result')) throw new Error(`Claude Code ended early: ${log}`);
    return events;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
