import type {
  CallKind,
  ClientTool,
  FunctionCallItem,
  FunctionCallOutputItem,
  HostedTool,
  IdKind,
  InputItem,
  RequestPath,
} from '@antiphon/contracts';
import type { z } from 'zod';
import type { Emit, OpenItem } from '../../common/stream/open-item.ts';
import type * as replies from '../replies/item.ts';

export type WireItem = z.input<typeof replies.Item>;

/** Keeps the id that a caller sends where it is valid and unique, else makes one. */
export type MakeId = (kind: IdKind, given?: string | null) => string;

/** One item of a request's input as neutral items: a call that the server ran becomes a call and its output. */
export type DecodeItem = (value: unknown, path: RequestPath, makeId: MakeId) => InputItem[];

/** A call with what its item may show. */
export interface CallProgress {
  /** The output that the model reads. Absent before the tool has returned, and for calls that the caller runs. */
  output: FunctionCallOutputItem | undefined;
  /** Whether the call does not change any more. */
  isOver: boolean;
  /** The optional parts of items that the caller asks for. */
  include: readonly string[];
}

/** A tool type of the API beside `function`, `namespace` and `mcp`: how it is declared, and how its calls are shown. */
export interface ToolType {
  readonly kind: CallKind;
  /** Its names in `tools` and `tool_choice`: dated names and those of previews mean the same here. */
  readonly types: readonly string[];
  /** Whether a request may have several tools of the type, each with a name. Else the kind is the tool's name for the model. */
  readonly isNamed: boolean;
  /** Throws `invalid_request`. */
  decode(tool: unknown, path: RequestPath): ClientTool | HostedTool;
  /** How the items of its calls and outputs in a request's input are read, by their type. */
  readonly items: Readonly<Record<string, DecodeItem>>;
  encodeCall(call: FunctionCallItem, progress: CallProgress): WireItem;
  /** The item of an output. `call` is its call, where that is known. Left out: the output of a call that the server runs is part of the call's item. */
  encodeOutput?(output: FunctionCallOutputItem, call?: FunctionCallItem): WireItem;
  /** The events of an output's item between its first and its last; left out: none. */
  outputEvents?(
    emit: Emit,
    output: FunctionCallOutputItem,
    outputIndex: number,
    call?: FunctionCallItem,
  ): void;
  /** Opens the item of a call on a stream. */
  announce(emit: Emit, call: FunctionCallItem, outputIndex: number, include: readonly string[]): OpenItem;
}
