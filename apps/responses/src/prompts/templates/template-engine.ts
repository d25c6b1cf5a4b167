import { WorkTime } from '@antiphon/async';
import { AppError } from '@antiphon/contracts';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import pLimit from 'p-limit';
import { TEMPLATE_LIMITS } from '../../config.ts';
import { ProcessGone, TemplateProcess, type TemplateTask } from './template-process.ts';
import type { Place } from './template-tags.ts';
import type { TemplateVariable } from './template-variables.ts';
import type { TemplateFailure } from './template-work.ts';

export interface TemplateLimits {
  /** Characters of one template. */
  templateMax: number;
  /** Characters of all rendered texts of one prompt. */
  outputMax: number;
  /** For all templates of one prompt. */
  renderTimeoutMs: number;
  processesMax: number;
  processMemoryMb: number;
}

/** A template with its path in the prompt: `messages[0].content`. */
export interface NamedTemplate {
  name: string;
  source: string;
}

/**
 * Parses and renders Jinja templates in processes. A template is a program that a caller wrote: one that exceeds its time or memory is ended
 * with its process. A thread does not suffice: an allocation beyond its limit ends the whole process. From the first template on a process is
 * always ready, so that a render costs one message each way.
 */
@Injectable()
export class TemplateEngine implements OnModuleDestroy {
  private readonly idle = new Set<TemplateProcess>();
  private readonly all = new Set<TemplateProcess>();
  private readonly enqueue: ReturnType<typeof pLimit>;
  private isStopped = false;

  constructor(@Inject(TEMPLATE_LIMITS) private readonly limits: TemplateLimits) {
    this.enqueue = pLimit(limits.processesMax);
  }

  /** The variables that the templates read, each once. Throws `invalid_request` for a template that cannot be rendered. */
  async inspect(templates: readonly NamedTemplate[]): Promise<TemplateVariable[]> {
    for (const { name, source } of templates) {
      if (source.length > this.limits.templateMax)
        throw refusal(name, `must be at most ${this.limits.templateMax} characters long`);
    }
    const sources = templates.map(({ source }) => source);
    const variables = await this.run<TemplateVariable[]>({ do: 'inspect', templates: sources }, templates);
    return joined(variables.flat());
  }

  /** The rendered templates. Throws `invalid_request` for one that fails or exceeds a limit. */
  render(templates: readonly NamedTemplate[], variables: Record<string, unknown>): Promise<string[]> {
    const sources = templates.map(({ source }) => source);
    const { outputMax } = this.limits;
    return this.run<string>({ do: 'render', templates: sources, variables, outputMax }, templates);
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    for (const process of this.all) process.kill();
  }

  private async run<Result>(task: TemplateTask, templates: readonly NamedTemplate[]): Promise<Result[]> {
    const answer = await this.enqueue(() => this.runInProcess(task));
    const result = answer as Result[] | TemplateFailure; // the reply to this task
    if (Array.isArray(result)) return result;
    throw refusal(templates[result.index]?.name ?? 'template', complaintOf(result));
  }

  private async runInProcess(task: TemplateTask): Promise<unknown> {
    const process = await this.take();
    const { renderTimeoutMs } = this.limits;
    const time = new WorkTime(renderTimeoutMs);
    time.start();
    try {
      const answer = await process.run(task, time.signal);
      if (process.isAlive) this.idle.add(process);
      return answer;
    } catch (cause) {
      void this.keepOneReady();
      if (time.signal.aborted) throw tooMuch(`takes longer than ${renderTimeoutMs} ms to render`, cause);
      if (cause instanceof ProcessGone && !this.isStopped)
        throw tooMuch('takes too much memory to render', cause);
      throw cause;
    } finally {
      time.end();
    }
  }

  private async take(): Promise<TemplateProcess> {
    for (const process of this.idle) {
      this.idle.delete(process);
      if (process.isAlive) return process;
    }
    return this.start();
  }

  /** After a process was ended its successor starts without being awaited: the caller has its reply already. */
  private async keepOneReady(): Promise<void> {
    if (this.idle.size > 0 || this.isStopped) return;
    try {
      this.idle.add(await this.start());
    } catch {
      // The next render tries again and reports the error.
    }
  }

  private async start(): Promise<TemplateProcess> {
    const process = await TemplateProcess.start(this.limits.processMemoryMb);
    this.all.add(process);
    process.onExit(() => {
      this.all.delete(process);
      this.idle.delete(process);
    });
    if (this.isStopped) process.kill();
    return process;
  }
}

/** A variable is required where any template requires it. */
function joined(variables: readonly TemplateVariable[]): TemplateVariable[] {
  const byName = new Map<string, boolean>();
  for (const { name, isOptional } of variables) byName.set(name, isOptional && (byName.get(name) ?? true));
  return [...byName].map(([name, isOptional]) => ({ name, isOptional }));
}

function refusal(name: string, complaint: string): AppError {
  return new AppError('invalid_request', `${name} ${complaint}`, { param: name, reason: 'template_error' });
}

function complaintOf({ message, place }: { message: string; place: Place | null }): string {
  return `is not a template that can be rendered: ${place ? `line ${place.line}, column ${place.column}: ` : ''}${message}`;
}

function tooMuch(complaint: string, cause: unknown): AppError {
  return new AppError('invalid_request', `The prompt ${complaint}.`, { reason: 'template_error', cause });
}
