import { type CallOrigin, type ModelDelta, newId } from '@antiphon/contracts';
import { callIdOf } from '../../requests/call-id.ts';
import { protocolError } from '../../../providers/errors/provider-errors.ts';
import { isObject, type UnknownObject } from '../../../providers/json-object.ts';
import { PartialArguments } from './partial-arguments.ts';

export interface GeminiCallsOptions {
  provider: string;
  account: string;
  /** The names of the offered tools by the API's names for them. */
  names: ReadonlyMap<string, string>;
  /** Called before a call begins. */
  beforeCall: (burst: ModelDelta[]) => void;
}

/** Reads function calls: mostly whole ones, at Vertex AI also in pieces. Arguments are passed on when they are whole. */
export class GeminiCalls {
  /** Received characters of arguments. */
  length = 0;
  private count = 0;
  /** The call whose pieces are being received. */
  private open: { call: number; args: PartialArguments } | null = null;

  constructor(private readonly options: GeminiCallsOptions) {}

  get haveBegun(): boolean {
    return this.count > 0;
  }

  /** A call, the beginning of one, or a piece of the open one: pieces have no name, and the last one is empty. */
  read(functionCall: UnknownObject, signature: string | undefined, burst: ModelDelta[]): void {
    const { name, args, partialArgs, willContinue } = functionCall;
    if (typeof name === 'string' && name !== '') {
      this.end(burst);
      const call = this.begin(name, functionCall['id'], signature, burst);
      this.open = { call, args: new PartialArguments() };
      if (isObject(args)) {
        this.open = null;
        this.pushArguments(call, JSON.stringify(args), burst);
      }
    } else if (this.open === null && Array.isArray(partialArgs)) {
      throw protocolError(this.options.provider, 'called a tool without naming it');
    }
    if (Array.isArray(partialArgs)) this.addPieces(partialArgs);
    if (willContinue !== true) this.end(burst);
  }

  /** Ends the open call. */
  end(burst: ModelDelta[]): void {
    if (this.open === null) return;
    const { call, args } = this.open;
    this.open = null;
    this.pushArguments(call, args.toJson(), burst);
  }

  private begin(name: string, id: unknown, signature: string | undefined, burst: ModelDelta[]): number {
    this.options.beforeCall(burst);
    const call = this.count++;
    const ownId = typeof id === 'string' && id !== '' ? id : undefined;
    const callId = ownId === undefined ? newId('call') : callIdOf(ownId);
    burst.push({
      type: 'call',
      call,
      callId,
      name: this.options.names.get(name) ?? name,
      ...(ownId !== undefined && ownId !== callId && { providerCallId: ownId }),
    });
    if (signature === undefined && ownId === undefined) return call;
    const origin: CallOrigin = {
      provider: this.options.account,
      extraContent: signature === undefined ? {} : { thoughtSignature: signature },
      ...(ownId !== undefined && { callId: ownId }),
    };
    burst.push({ type: 'call_origin', call, origin });
    return call;
  }

  private addPieces(pieces: readonly unknown[]): void {
    try {
      for (const piece of pieces) if (isObject(piece)) this.open?.args.add(piece);
    } catch (error) {
      throw protocolError(this.options.provider, 'sent arguments of a call that do not fit together', error);
    }
  }

  private pushArguments(call: number, text: string, burst: ModelDelta[]): void {
    this.length += text.length;
    burst.push({ type: 'arguments', call, text });
  }
}
