import { AppError, type Caller, type JsonObject, type OutputCheck } from '@antiphon/contracts';
import type { Promptable, PromptRequest } from '@antiphon/dialects';
import { SchemaThreads } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import { bodyOf, type CreateBody, fillContent, laidOver } from './content/prompt-body.ts';
import { type PromptContent, templatesOf } from './content/prompt-content.ts';
import { fillVariables } from './content/prompt-variables.ts';
import { PromptStore } from './prompt.store.ts';
import type { CheckedContent, PromptVersion } from './prompt.ts';
import { TemplateEngine } from './templates/template-engine.ts';

/** A decoded request, with its prompt expanded where it names one. */
export interface CompletedRequest<Decoded> {
  decoded: Decoded;
  /** The rules for the answer besides its format; null where the request names no prompt. */
  outputCheck: OutputCheck | null;
}

/** Expands prompts into creates. */
@Injectable()
export class PromptRuns {
  constructor(
    private readonly store: PromptStore,
    private readonly engine: TemplateEngine,
    private readonly schemas: SchemaThreads,
  ) {}

  /**
   * Completes a request that names a prompt: the rendered version, with the fields of the body over it. The body still names the prompt, with the
   * version that was used. Throws `not_found` for an unknown or archived version, `invalid_request` for variables that do not fit, and the
   * errors of the decoding.
   */
  async complete<Decoded>(
    caller: Caller,
    request: Promptable<Decoded>,
    gone: AbortSignal,
  ): Promise<CompletedRequest<Decoded>> {
    if (request.prompt === null) return { decoded: request.decoded, outputCheck: null };
    const { id, variables } = request.prompt;
    const version = await this.findRunnable(caller, request.prompt);
    const base = await this.renderBody(caller, version, variables, gone);
    const prompt = { id, version: String(version.version), variables };
    // A body that names a prompt is a JSON object.
    const whole = { ...laidOver(base, request.body as JsonObject), prompt };
    return { decoded: request.complete(whole), outputCheck: outputCheckOf(version.content) };
  }

  /** The create of a version, rendered with these variables. */
  async renderBody(
    caller: Caller,
    version: CheckedContent,
    variables: JsonObject,
    gone: AbortSignal,
  ): Promise<CreateBody> {
    const { values, parts } = await fillVariables(caller, { version, variables }, this.schemas, gone);
    const templates = templatesOf(version.content);
    const texts = templates.length === 0 ? [] : await this.engine.render(templates, values);
    return bodyOf(fillContent(version.content, texts, parts));
  }

  async findRunnable(
    caller: Caller,
    { id, version }: Omit<PromptRequest, 'variables'>,
  ): Promise<PromptVersion> {
    const found = await this.store.findVersion(caller, id, version);
    if (!found || found.version.archivedAt !== null) throw unknownPrompt(id, version);
    return found.version;
  }
}

/** Clients check this text, so it must not change. */
export function unknownPrompt(id: string, version: number | null = null): AppError {
  const which = version === null ? '' : ` (version ${version})`;
  return new AppError('not_found', `Prompt template not found: ${id}${which}`, { param: 'prompt.id' });
}

function outputCheckOf({ validation_rules, retry_limit }: PromptContent): OutputCheck {
  const rules = validation_rules
    .filter(({ target }) => target === 'output')
    .map(({ path, schema, message }) => ({ path, schema, message }));
  return { rules, retryMax: retry_limit };
}
