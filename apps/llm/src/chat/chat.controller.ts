import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Caller, type InputOf, type ModelDelta, newId } from '@antiphon/contracts';
import {
  CallerGuard,
  CallerLimits,
  clientGone,
  CurrentCaller,
  LOGGER,
  type Logger,
  Serves,
  traceOf,
} from '@antiphon/service-kit';
import { Controller, Inject, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CompletionStream, type CompletionHead, encodeCompletion } from './chat-completion.ts';
import { encodeChatError } from './chat-errors.ts';
import { EventBody } from './event-body.ts';
import { type Config, LLM_CONFIG } from '../config.ts';
import { llmRoutes as routes } from '../http/routes.ts';
import { ModelRouter } from '../routing/model-router.ts';
import type { RoutedAnswer } from '../routing/routed-answer.ts';

/** OpenAI's chat completions, for any client of that API. */
@Controller()
@UseGuards(CallerGuard)
export class ChatController {
  constructor(
    private readonly router: ModelRouter,
    private readonly limits: CallerLimits,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LLM_CONFIG) private readonly config: Config,
  ) {}

  @Serves(routes.complete)
  async complete(
    { body: request }: InputOf<typeof routes.complete>,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    if (request.isStreamed) this.limits.holdWhileOpen(caller, 'streams', reply.raw);
    const asked = { ...request, caller, gather: !request.isStreamed, isHeld: !request.isStreamed };
    const answer = this.router.ask(asked, clientGone(reply.raw), traceOf(reply.request));
    const first = answer.next();
    // Nothing is sent yet, so an error before the first burst has its own status. A stream begins with a heartbeat at the latest.
    await (request.isStreamed
      ? Promise.race([first, delay(this.config.heartbeatMs, undefined, { ref: false })])
      : first);
    const head = {
      id: `chatcmpl-${newId('message').slice('msg_'.length)}`,
      created: Math.floor(Date.now() / 1000),
      model: answer.model ?? request.model,
    };
    if (answer.provider !== null) void reply.header('x-model-provider', answer.provider);
    if (request.isStreamed) await this.sendStream(reply, head, first, answer, request.includeUsage);
    else await reply.send(encodeCompletion(head, await collect(await first, answer)));
  }

  private async sendStream(
    reply: FastifyReply,
    head: CompletionHead,
    first: Promise<IteratorResult<ModelDelta[], undefined>>,
    answer: RoutedAnswer,
    includeUsage: boolean,
  ): Promise<void> {
    const stream = new CompletionStream(head, { includeUsage });
    const toEvents = (result: IteratorResult<ModelDelta[], undefined>): IteratorResult<string, undefined> =>
      result.done === true ? result : { done: false, value: stream.burst(result.value) };
    let asked = 0;
    const source: AsyncIterator<string, undefined> = {
      next: async () => {
        if (asked++ === 0) return { done: false, value: stream.begin() };
        return toEvents(await (asked === 2 ? first : answer.next()));
      },
      return: async () => toEvents(await answer.return()),
    };
    const lastWords = (thrown: unknown) => {
      const error = AppError.from(thrown);
      if (error.code === 'internal') this.logger.error({ error: error.cause }, 'a stream failed');
      return `data: ${JSON.stringify(encodeChatError(error).body)}\n\ndata: [DONE]\n\n`;
    };
    const body = new EventBody(source, lastWords, this.config.heartbeatMs);
    await reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('x-accel-buffering', 'no')
      .send(body);
  }
}

async function collect(
  first: IteratorResult<ModelDelta[], undefined>,
  answer: RoutedAnswer,
): Promise<ModelDelta[]> {
  const deltas = [...(first.value ?? [])];
  for await (const burst of answer) deltas.push(...burst);
  return deltas;
}
