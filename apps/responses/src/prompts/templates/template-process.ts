import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { type InspectTask, isReady, type RenderTask } from './template-work.ts';

export type TemplateTask = ({ do: 'inspect' } & InspectTask) | ({ do: 'render' } & RenderTask);

/** The program of the process: beside this file, JavaScript when built, TypeScript in specs. */
const program = new URL(`./template-program${extname(import.meta.url)}`, import.meta.url);
const startTimeoutMs = 10_000;

/** The process ended, or was ended, before it answered. */
export class ProcessGone extends Error {}

/**
 * A process that works on templates, one task at a time. It has its own heap, no environment variables, and permission only to read its own
 * program. A template that exceeds the memory limit ends this process and no other.
 */
export class TemplateProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when the process accepts tasks. */
  static async start(memoryMb: number): Promise<TemplateProcess> {
    const child = fork(program, {
      execArgv: ['--permission', '--allow-fs-read=*', `--max-old-space-size=${memoryMb}`],
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const started = new TemplateProcess(child);
    const ready = await started.next(AbortSignal.timeout(startTimeoutMs));
    if (!isReady(ready)) throw new ProcessGone('a template process sent an unexpected message');
    return started;
  }

  get isAlive(): boolean {
    return this.child.connected && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Runs a task. Throws `ProcessGone` where the process ended, or the signal's reason; afterwards the process cannot be used. */
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

  /** The next message of the process. An aborted wait ends the process. */
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
