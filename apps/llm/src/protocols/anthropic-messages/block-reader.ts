import type { HostedKind, JsonObject, ModelDelta } from '@antiphon/contracts';
import { asJson, isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import type { BlockAnswerWriter, WrittenCall } from '../turns/answer-writer.ts';
import { BlockReader } from '../turns/block-reader.ts';
import { readCitations } from './citations.ts';
import { kindsOfCalls, nativeArguments, nativeResult } from './native-tools.ts';

/** A block that is being received. */
type OpenBlock =
  | { type: 'text'; start: number; cited: unknown[] }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use'; call: WrittenCall; input: UnknownObject }
  | { type: 'server_tool_use'; call: HostedCall; json: string }
  /** Calls of tools that the request does not have, and blocks of unknown kinds. They are no part of the answer. */
  | { type: 'other' };

/** A call of a hosted tool that the API runs. */
interface HostedCall {
  kind: HostedKind;
  number: number;
  /** The block as it is sent back. */
  block: JsonObject;
  input: UnknownObject;
}

/** Reads the content blocks of a message: texts, thoughts and calls, in pieces or whole. */
export class MessageBlockReader extends BlockReader<OpenBlock> {
  /** The calls that the API runs and has no result of, by their ids. */
  private readonly hosted = new Map<unknown, HostedCall>();

  constructor(
    writer: BlockAnswerWriter,
    private readonly account: string,
    /** The hosted tools that the API runs. */
    private readonly nativeTools: ReadonlySet<HostedKind>,
  ) {
    super(writer);
  }

  start(index: unknown, described: unknown, burst: ModelDelta[]): void {
    if (!isObject(described)) return;
    this.stop(index, burst);
    this.open(index, this.begin(described, burst));
  }

  delta(index: unknown, delta: unknown, burst: ModelDelta[]): void {
    if (!isObject(delta)) return;
    const block = this.openAt(index) ?? this.beginFor(index, delta, burst);
    switch (block?.type) {
      case 'text':
        this.writer.text(textOf(delta['text']), burst);
        if (delta['citation'] !== undefined) block.cited.push(delta['citation']);
        break;
      case 'thinking':
        block.thinking += textOf(delta['thinking']);
        block.signature += textOf(delta['signature']);
        this.writer.thought(textOf(delta['thinking']), burst);
        break;
      case 'tool_use':
        this.writer.args(block.call, textOf(delta['partial_json']), burst);
        break;
      case 'server_tool_use':
        block.json += textOf(delta['partial_json']);
        break;
      case 'redacted_thinking':
      case 'other':
      case undefined:
    }
  }

  private begin(described: UnknownObject, burst: ModelDelta[]): OpenBlock {
    switch (described['type']) {
      case 'text': {
        const start = this.writer.textPlace;
        const cited: unknown[] = Array.isArray(described['citations']) ? described['citations'] : [];
        this.writer.text(textOf(described['text']), burst);
        return { type: 'text', start, cited: [...cited] };
      }
      case 'thinking': {
        const thinking = textOf(described['thinking']);
        this.writer.thought(thinking, burst);
        return { type: 'thinking', thinking, signature: textOf(described['signature']) };
      }
      case 'redacted_thinking':
        return { type: 'redacted_thinking', data: textOf(described['data']) };
      case 'tool_use': {
        const call = this.writer.call(textOf(described['id']), textOf(described['name']), burst);
        return { type: 'tool_use', call, input: isObject(described['input']) ? described['input'] : {} };
      }
      case 'server_tool_use':
        return this.beginHosted(described, burst);
      default:
        this.readResult(described, burst);
        return { type: 'other' };
    }
  }

  /** A piece of a block that was not announced, as some compatible servers send text. */
  private beginFor(index: unknown, delta: UnknownObject, burst: ModelDelta[]): OpenBlock | undefined {
    if (delta['type'] !== 'text_delta') return undefined;
    return this.open(index, this.begin({ type: 'text' }, burst));
  }

  protected close(block: OpenBlock, burst: ModelDelta[]): void {
    switch (block.type) {
      case 'text':
        this.writer.endText(burst);
        for (const citation of readCitations(block.cited, block.start, this.writer.textPlace))
          this.writer.citation(citation, burst);
        break;
      case 'thinking': {
        const { thinking, signature } = block;
        const detail: JsonObject | null = signature === '' ? null : { type: 'thinking', thinking, signature };
        this.writer.endThought(detail, burst);
        break;
      }
      case 'redacted_thinking':
        this.writer.endThought({ type: 'redacted_thinking', data: block.data }, burst);
        break;
      case 'tool_use':
        this.endCall(block.call, block.input, burst);
        break;
      case 'server_tool_use':
        this.endHosted(block.call, parseObject(block.json) ?? block.call.input, burst);
        break;
      case 'other':
    }
  }

  private beginHosted(described: UnknownObject, burst: ModelDelta[]): OpenBlock {
    const kind = kindsOfCalls[textOf(described['name'])];
    if (kind === undefined || !this.nativeTools.has(kind)) return { type: 'other' };
    const id = textOf(described['id']);
    const number = this.writer.hostedCall(id, kind, burst);
    const input = isObject(described['input']) ? described['input'] : {};
    const call = { kind, number, block: asJson(described), input };
    this.hosted.set(id, call);
    return { type: 'server_tool_use', call, json: '' };
  }

  private endHosted(call: HostedCall, input: UnknownObject, burst: ModelDelta[]): void {
    call.input = input;
    call.block = { ...call.block, input: asJson(input) };
    this.writer.hostedArguments(call.number, nativeArguments(call.kind, input), burst);
    burst.push({ type: 'hosted_progress', call: call.number });
  }

  /** A block with the result of a call, which comes whole. Results of calls within the code of another call are no part of the answer. */
  private readResult(described: UnknownObject, burst: ModelDelta[]): void {
    const call = this.hosted.get(described['tool_use_id']);
    if (call === undefined) return;
    this.hosted.delete(described['tool_use_id']);
    const blocks = [call.block, asJson(described)];
    const result = nativeResult(call.kind, call.input, described['content']);
    const origin = { provider: this.account, extraContent: { blocks } };
    burst.push({ type: 'hosted_result', call: call.number, result: { ...result, origin } });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
