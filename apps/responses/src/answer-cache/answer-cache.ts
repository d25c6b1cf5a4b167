import { createHash } from 'node:crypto';
import { type Caller, type Item, newId, noUsage, type Response } from '@antiphon/contracts';
import { AnswerStore } from '@antiphon/runtime';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';

/** Reuses the answer to an equal request of the same caller: same model, settings, tools, history and input. */
@Injectable()
export class AnswerCache {
  constructor(
    private readonly store: AnswerStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The new response completed with the answer of an equal one; null where there is none or the cache cannot be read. */
  async answer(caller: Caller, response: Response, history: readonly Item[]): Promise<Response | null> {
    try {
      const earlier = await this.store.find(caller, requestHash(response, history));
      return earlier && answeredBy(response, earlier);
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'the answer cache could not be read');
      return null;
    }
  }

  /** Keeps a response for equal requests where it completed, is stored, and called no tool. */
  async note(caller: Caller, ended: Response, history: readonly Item[]): Promise<void> {
    if (ended.status !== 'completed' || !ended.stored || ended.output.some(({ type }) => type !== 'message'))
      return;
    try {
      await this.store.keep(caller, requestHash(ended, history), ended.id);
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'the answer cache could not be written');
    }
  }
}

function answeredBy(response: Response, { output, modelUsed }: Response): Response {
  return {
    ...response,
    status: 'completed',
    output: output.map((item) => ({ ...item, id: newId('message') })),
    modelUsed,
    usage: noUsage,
    isFromCache: true,
    completedAt: Date.now(),
  };
}

/** A hash of everything that the model reads. Item ids are left out: they differ between equal requests. */
function requestHash(response: Response, history: readonly Item[]): string {
  const { model, settings, instructions, serverTools, requestServers, clientTools, toolChoice, approval } =
    response;
  const request = {
    model,
    settings,
    instructions,
    serverTools,
    requestServers,
    clientTools,
    toolChoice,
    approval,
  };
  const context = [...history, ...response.input].map((item) => ({ ...item, id: null }));
  return createHash('sha256')
    .update(JSON.stringify([request, context]))
    .digest('base64url');
}
