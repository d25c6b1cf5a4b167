import type { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { AppError, type Caller, type ErrorCode, type Route } from '@antiphon/contracts';
import type { FastifyRequest } from 'fastify';
import type { ByteRoom, Release } from '../../limits/byte-room.ts';
import { bodyTooLarge, toAppError } from '../app-error-filter.ts';
import type { ByteBudget } from './byte-budget.ts';
import { clientAddressOf } from '../client-address.ts';
import { announcesBody, drainBody, isForm } from './request-body.ts';
import { contractOf } from '../../routes/contract-of.ts';

/** Identifies the caller of a request from its headers alone. Throws `unauthenticated`. */
export interface RequestIdentifier {
  identify(request: FastifyRequest): Promise<void>;
}

export interface BodyAdmissionOptions {
  /** Null for a service without callers: no body is read there. */
  identifier: RequestIdentifier | null;
  budget: ByteBudget;
  bytesMax: number;
  /** For the bodies of all requests that are not answered yet. */
  room: ByteRoom;
}

/** The errors of a request whose sender is not identified. An identified caller is refused with other errors, such as those of its limits. */
const errorsBeforeIdentity: ReadonlySet<ErrorCode> = new Set([
  'unauthenticated',
  'not_found',
  'payload_too_large',
]);

/** The room that a form takes that is not kept, whatever its size: a few of its chunks are in memory at the same time. */
const formRoomBytes = 4 * 1024 * 1024;

/**
 * Admits a body once its sender is identified, so that only callers can make a service read and parse. A body without a valid credential,
 * to an open route or not, counts against the budget of its address.
 */
export class BodyAdmission {
  /** Called with the size of a body that announced none. */
  private readonly unmeasured = new WeakMap<FastifyRequest, (bytes: number) => void>();

  constructor(private readonly options: BodyAdmissionOptions) {}

  /**
   * Resolves once the body may be read. Throws the guard's error, or `rate_limited` once the budget is spent or where there is no room
   * for the body; the body is then dropped as it comes.
   */
  async admit(request: FastifyRequest, response: ServerResponse): Promise<void> {
    if (!announcesBody(request.raw)) return;
    const { identifier, budget } = this.options;
    const bytesMax = formOf(request)?.bytesMax ?? this.options.bytesMax;
    const address = clientAddressOf(request.raw);
    try {
      if (request.is404) throw toAppError({ statusCode: 404 }, request);
      if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw bodyTooLarge(bytesMax);
      if (contractOf(request)?.isOpen) budget.assertLeft(address);
      else await identifier?.identify(request);
      await this.makeRoom(request, response);
    } catch (error) {
      const drained = drainBody(request.raw);
      if (!(error instanceof AppError) || !errorsBeforeIdentity.has(error.code)) throw error;
      void drained.then((bytes) => budget.spend(address, bytes));
      budget.assertLeft(address);
      throw error;
    }
  }

  /** Takes room for the body until the request is answered, or its client has gone. A body of unknown length counts as the largest until it is read. */
  private async makeRoom(
    request: FastifyRequest & { caller?: Caller },
    response: ServerResponse,
  ): Promise<void> {
    const { room } = this.options;
    const form = formOf(request);
    const isRead = form === undefined;
    const bytesMax = form?.bytesMax ?? this.options.bytesMax;
    const bytes =
      isRead || form.isKept === true ? Number(request.headers['content-length'] ?? bytesMax) : formRoomBytes;
    const holder = request.caller?.userId ?? clientAddressOf(request.raw);
    let isClosed = false;
    let release: Release | null = null;
    response.once('close', () => {
      isClosed = true;
      release?.();
    });
    if (isRead && request.headers['content-length'] === undefined)
      this.unmeasured.set(request, (actual) => {
        release?.();
        if (!isClosed) release = room.tryTake(actual, holder);
      });
    release = await room.take(bytes, holder);
    if (isClosed) release();
  }

  /** Counts a body that is about to be read, if it has no credential or announced no length. */
  count(request: FastifyRequest, body: Readable): void {
    const { budget } = this.options;
    const isOpen = contractOf(request)?.isOpen ?? false;
    const onMeasured = this.unmeasured.get(request);
    if (!isOpen && !onMeasured) return;
    let bytes = 0;
    body.on('data', (chunk: Buffer) => (bytes += chunk.length));
    body.on('end', () => onMeasured?.(bytes));
    if (isOpen) body.on('close', () => budget.spend(clientAddressOf(request.raw), bytes));
  }
}

/** The form that a route reads as it comes; undefined for a body that is read before the route's method runs. */
function formOf(request: FastifyRequest): Route['form'] {
  return isForm(request.headers) ? contractOf(request)?.form : undefined;
}
