import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderCall } from './provider-call.ts';
import { sendJson } from './send-json.ts';
import type { Steps } from './steps.ts';

const defaultUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** Plays the steps of a script as the answer to a call. */
export async function play(call: ProviderCall, steps: Steps, response: ServerResponse): Promise<void> {
  const answer = new Answer(call, response);
  let reason: string | null | undefined;
  let figures: Record<string, unknown> | null = defaultUsage;
  for (const step of steps.flat()) {
    switch (step.do) {
      case 'chunk':
        answer.chunk(step.choice);
        break;
      case 'event':
        answer.event(step.data);
        break;
      case 'raw':
        answer.raw(step.text);
        break;
      case 'finish':
        reason = step.reason;
        break;
      case 'usage':
        figures = step.usage;
        break;
      case 'wait':
        await waitFor(step.until, response);
        break;
      case 'fail':
        sendJson(response, step.status, step.body, step.headers);
        return;
      case 'end':
        answer.endHere();
        return;
      case 'cut':
        await answer.flushed();
        response.destroy();
        return;
      case 'hang':
        return;
    }
    if (response.destroyed) return;
  }
  answer.finish(reason === undefined ? answer.naturalReason : reason, figures);
}

/** An answer in progress: chunks go out as events, or are merged into one JSON body if the client does not stream. */
class Answer {
  private readonly chunks: Record<string, unknown>[] = [];
  private hasCalls = false;

  constructor(
    private readonly call: ProviderCall,
    private readonly response: ServerResponse,
  ) {}

  get naturalReason(): string {
    return this.hasCalls ? 'tool_calls' : 'stop';
  }

  chunk(choice: Record<string, unknown>): void {
    // Scripts are written by hand with the shape of a chat chunk's choice.
    const delta = choice['delta'] as { tool_calls?: unknown[] } | undefined;
    this.hasCalls ||= delta?.tool_calls !== undefined;
    this.event(this.envelope({ choices: [{ index: 0, finish_reason: null, ...choice }] }));
  }

  event(data: Record<string, unknown>): void {
    if (this.call.body.stream !== true) this.chunks.push(data);
    else this.raw(`data: ${JSON.stringify(data)}\n\n`);
  }

  raw(content: string | Uint8Array): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.response.write(content);
  }

  endHere(): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.response.end();
  }

  /** Resolves when everything written so far is sent, so that a cut comes after it. */
  async flushed(): Promise<void> {
    if (this.response.headersSent) await new Promise((resolve) => this.response.write(': \n\n', resolve));
  }

  finish(reason: string | null, figures: Record<string, unknown> | null): void {
    if (this.call.body.stream !== true) {
      sendJson(this.response, 200, putTogether(this.chunks, reason, figures, this.envelope({})));
      return;
    }
    if (reason !== null)
      this.event(this.envelope({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }));
    if (figures !== null) this.event(this.envelope({ choices: [], usage: figures }));
    this.raw('data: [DONE]\n\n');
    this.response.end();
  }

  private envelope(data: Record<string, unknown>): Record<string, unknown> {
    return {
      id: `chatcmpl-scripted-${this.call.index}`,
      object: 'chat.completion.chunk',
      created: 1,
      model: this.call.body.model,
      ...data,
    };
  }
}

function putTogether(
  chunks: Record<string, unknown>[],
  reason: string | null,
  figures: Record<string, unknown> | null,
  envelope: Record<string, unknown>,
): Record<string, unknown> {
  type Call = { id?: string; type?: string; function: { name: string; arguments: string } };
  type Piece = { index: number; id?: string; function?: { name?: string; arguments?: string } };
  type Delta = { content?: string; reasoning_content?: string; refusal?: string; tool_calls?: Piece[] };
  const message: {
    role: string;
    content: string | null;
    reasoning_content?: string;
    refusal?: string;
    tool_calls?: Call[];
  } = {
    role: 'assistant',
    content: null,
  };
  for (const { choices } of chunks as { choices: { delta?: Delta }[] }[]) {
    const delta = choices[0]?.delta ?? {};
    if (delta.content !== undefined) message.content = (message.content ?? '') + delta.content;
    if (delta.reasoning_content !== undefined)
      message.reasoning_content = (message.reasoning_content ?? '') + delta.reasoning_content;
    if (delta.refusal !== undefined) message.refusal = (message.refusal ?? '') + delta.refusal;
    for (const piece of delta.tool_calls ?? []) {
      message.tool_calls ??= [];
      const call = (message.tool_calls[piece.index] ??= {
        type: 'function',
        function: { name: '', arguments: '' },
      });
      if (piece.id !== undefined) call.id = piece.id;
      call.function.name += piece.function?.name ?? '';
      call.function.arguments += piece.function?.arguments ?? '';
    }
  }
  return {
    ...envelope,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: reason }],
    ...(figures !== null && { usage: figures }),
  };
}

/** Waits for a promise or for milliseconds; returns early when the client disconnects. */
async function waitFor(until: Promise<unknown> | number, response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  // Removes the wait's listeners from the response: a script may wait many times.
  const over = new AbortController();
  const { signal } = over;
  const gone = once(response, 'close', { signal });
  const due = typeof until === 'number' ? delay(until, undefined, { signal }) : until;
  await Promise.race([due, gone]).finally(() => over.abort());
}
