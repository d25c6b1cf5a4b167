import { type CallOrigin, type JsonObject, type ModelDelta, newId } from '@antiphon/contracts';
import { asJson, isObject, type UnknownObject } from '../../../providers/json-object.ts';
import { protocolError, unreadableCallError } from '../../../providers/errors/provider-errors.ts';
import { callIdOf } from '../../requests/call-id.ts';
import { WholeText } from '../../answers/whole-text.ts';

export interface CallReaderOptions {
  /** The name of the provider. */
  provider: string;
  /** The account that the data of calls belongs to. */
  account: string;
  /** Called before a call begins. */
  beforeCall: (burst: ModelDelta[]) => void;
}

/** The place of a piece of a call. */
export interface PiecePlace {
  /** The choice that it belongs to. */
  choice: number;
  /** Whether the piece is a separate call regardless of its name, as in the message of a whole completion. */
  isWhole: boolean;
}

/** A tool call that is being received. */
interface OpenCall {
  choice: number;
  /** Its number; it begins with its name. */
  number: number | null;
  /** The provider's id; empty without one. */
  id: string;
  /** The id for clients. */
  callId: string;
  name: string;
  /** Its arguments so far. */
  args: string;
  readonly joiner: WholeText;
  extraContent?: JsonObject;
  /** Whether its id or its extra content changed since they were passed on. */
  hasNewOrigin: boolean;
}

/**
 * Joins the pieces of tool calls. Compatible servers differ here most: some leave out the index or the id, some send each call
 * whole, some give all parallel calls the index 0, some repeat the name with every piece; all of these are understood.
 */
export class CallReader {
  /** Received characters of arguments. */
  length = 0;
  private readonly calls: OpenCall[] = [];
  /** By choice and index, the calls that began there. */
  private readonly placed = new Map<string, OpenCall[]>();
  private begun = 0;

  constructor(private readonly options: CallReaderOptions) {}

  get hasCalls(): boolean {
    return this.calls.length > 0;
  }

  /** Whether a call was passed on. */
  get haveBegun(): boolean {
    return this.begun > 0;
  }

  /** Whether every call has a name and arguments that parse. */
  get areWhole(): boolean {
    return this.calls.every(({ number, args }) => number !== null && (args === '' || isWholeJson(args)));
  }

  /** Throws `model_error`, which may be retried, for a call of a complete answer whose arguments are not JSON: they are cut or broken. */
  assertWhole(): void {
    const broken = this.calls.find(({ args }) => args !== '' && !isWholeJson(args));
    if (broken !== undefined) throw unreadableCallError(this.options.provider, broken.name);
  }

  read(piece: UnknownObject, place: PiecePlace, burst: ModelDelta[]): void {
    const described = isObject(piece['function']) ? piece['function'] : {};
    const id = readId(piece['id']);
    const name = typeof described['name'] === 'string' ? described['name'] : '';
    const args = argumentsText(described['arguments']);
    const extraContent = piece['extra_content'];
    if (id === '' && name === '' && args === '' && !isObject(extraContent)) return;

    const call = this.callOf(piece['index'], { id, name }, place);
    call.hasNewOrigin ||= (call.id === '' && id !== '') || isObject(extraContent);
    if (call.id === '') call.id = id;
    if (isObject(extraContent)) call.extraContent = { ...call.extraContent, ...asJson(extraContent) };
    if (call.number === null && name !== '') this.begin(call, name, burst);
    this.addArguments(call, call.joiner.push(args), burst);
  }

  /** The end of the pieces. Throws `model_error` for a call without a name. */
  end(burst: ModelDelta[]): void {
    for (const call of this.calls) {
      if (call.number === null) throw protocolError(this.options.provider, 'called a tool without naming it');
      this.addArguments(call, call.joiner.end(), burst);
      // Many servers send nothing for a tool without parameters.
      if (call.args === '') this.addArguments(call, '{}', burst);
      this.pushOrigin(call, burst);
    }
  }

  /** Passes on the data of a call that goes back to the provider, where there is new data. */
  private pushOrigin(call: OpenCall, burst: ModelDelta[]): void {
    const isRenamed = call.id !== '' && call.id !== call.callId;
    if (call.number === null || !call.hasNewOrigin || (call.extraContent === undefined && !isRenamed)) return;
    call.hasNewOrigin = false;
    const origin: CallOrigin = {
      provider: this.options.account,
      extraContent: call.extraContent ?? {},
      ...(isRenamed && { callId: call.id }),
    };
    burst.push({ type: 'call_origin', call: call.number, origin });
  }

  private begin(call: OpenCall, name: string, burst: ModelDelta[]): void {
    this.options.beforeCall(burst);
    call.number = this.begun++;
    call.name = name;
    call.callId = call.id === '' ? newId('call') : callIdOf(call.id);
    burst.push({
      type: 'call',
      call: call.number,
      callId: call.callId,
      name,
      ...(call.id !== '' && call.id !== call.callId && { providerCallId: call.id }),
    });
    this.pushOrigin(call, burst);
    if (call.args !== '') burst.push({ type: 'arguments', call: call.number, text: call.args });
  }

  private addArguments(call: OpenCall, args: string, burst: ModelDelta[]): void {
    if (args === '') return;
    this.length += args.length;
    call.args += args;
    if (call.number !== null) burst.push({ type: 'arguments', call: call.number, text: args });
  }

  /** The call that a piece belongs to. */
  private callOf(
    index: unknown,
    said: { id: string; name: string },
    { choice, isWhole }: PiecePlace,
  ): OpenCall {
    const place = `${choice} ${typeof index === 'number' ? index : ''}`;
    const placed = this.placed.get(place) ?? [];
    const last =
      typeof index === 'number' ? placed.at(-1) : this.calls.findLast((call) => call.choice === choice);
    // The pieces of calls with one index may be interleaved, each with the id of its call.
    const named = said.id === '' ? undefined : placed.findLast(({ id }) => id === said.id);
    const open = named ?? last;
    if (open !== undefined && !isWhole && !beginsAnother(open, said)) return open;
    const call: OpenCall = {
      choice,
      number: null,
      id: said.id,
      callId: '',
      name: '',
      args: '',
      joiner: new WholeText(),
      hasNewOrigin: said.id !== '',
    };
    this.calls.push(call);
    this.placed.set(place, [...placed, call]);
    return call;
  }
}

/**
 * Whether a piece begins another call than the open one. A name begins a call, except at servers that repeat it with every piece.
 * An id alone does not, since some servers make a new one for every piece.
 */
function beginsAnother(open: OpenCall, { id, name }: { id: string; name: string }): boolean {
  if (name === '' || open.number === null) return false;
  if (id !== '') return id !== open.id;
  return name !== open.name || isWholeJson(open.args);
}

/** Some servers send the text "null" in place of a missing id. */
function readId(id: unknown): string {
  return typeof id === 'string' && id !== 'null' ? id : '';
}

/** Some servers send the arguments as an object instead of its text. */
function argumentsText(args: unknown): string {
  if (typeof args === 'string') return args;
  return isObject(args) ? JSON.stringify(args) : '';
}

function isWholeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
