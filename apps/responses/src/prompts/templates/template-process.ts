import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { type InspectTask, isReady, type RenderTask } from './template-work.ts';

export type TemplateTask = ({ do: 'inspect' } & InspectTask) | ({ do: 'render' } & RenderTask);

/** What the process runs: beside this file and of its kind, JavaScript when built, TypeScript in tests. */
const program = new URL(`./template-program${extname(import.meta.url)}`, import.meta.url);
const startTimeoutMs = 10_000;

/** The process ended, or was ended, before it answered. */
export class ProcessGone extends Error {}

/**
 * A process that works on templates, one task after the other. It has a heap of its own, no environment and no right but to read its own
 * program: a template that wants too much memory ends it and nothing else.
 */
export class TemplateProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves once it can be given tasks. */
  static async start(memoryMb: number): Promise<TemplateProcess> {
    const child = fork(program, {
      execArgv: ['--permission', '--allow-fs-read=*', `--max-old-space-size=${memoryMb}`],
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const started = new TemplateProcess(child);
    const ready = await started.next(AbortSignal.timeout(startTimeoutMs));
    if (!isReady(ready)) throw new ProcessGone('a template process spoke out of turn');
    return started;
  }

  get isAlive(): boolean {
    return this.child.connected && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Does a task. Throws `ProcessGone` where the process did not survive it, or the signal's reason; then it is of no use any more. */
  run(task: TemplateTask, signal: AbortSignal): Promise<unknown> {
    const answer = this.next(signal);
    this.child.send(task, () => undefined);
    return answer;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Calls back once, when the process has ended. */
  onExit(listener: () => void): void {
    this.child.once('exit', listener);
  }

  /** What it says next. Whoever gives up on it ends it. */
  private next(signal: AbortSignal): Promise<unknown> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        child.off('message', onMessage).off('exit', onGone).off('error', onGone);
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onMessage = (message: unknown) => settle(() => resolve(message));
      const onGone = () => settle(() => reject(new ProcessGone('the template process ended')));
      const onAbort = () =>
        settle(() => {
          this.kill();
          reject(signal.reason as Error); // of a timeout
        });
      child.on('message', onMessage).on('exit', onGone).on('error', onGone);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else if (!this.isAlive) onGone();
    });
  }
}
