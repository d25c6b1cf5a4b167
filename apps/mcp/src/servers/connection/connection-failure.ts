import { AppError } from '@antiphon/contracts';

/** An exchange with a server failed; other requests over the same connection go on. */
export class ConnectionFailure extends AppError {
  /** The server has forgotten the session and did nothing. */
  readonly isSessionLost: boolean;
  /** The server may speak another transport. */
  readonly isUnknownTransport: boolean;

  constructor(message: string, options: { cause: unknown; status?: number }) {
    super('unavailable', message, options);
    const { status = 0 } = options;
    this.isSessionLost = status === 404 || status === 400;
    this.isUnknownTransport = this.isSessionLost || status === 405;
  }
}
