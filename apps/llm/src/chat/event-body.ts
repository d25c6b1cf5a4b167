import { Readable } from 'node:stream';
import { Heartbeat } from '@antiphon/service-kit';

/** A comment, which readers of server-sent events skip. */
const comment = ': ping\n\n';

/**
 * A response body that is written as the client takes it: the source is asked for more only when the last piece was passed on. Destroying
 * the body (the client is gone) ends the source. While the source is silent a comment is sent, within `heartbeatMs` of the last piece.
 */
export class EventBody extends Readable {
  private readonly heartbeat: Heartbeat;
  private isAsking = false;

  constructor(
    private readonly source: AsyncIterator<string, undefined>,
    /** The last piece of a source that fails. */
    private readonly onError: (error: unknown) => string,
    heartbeatMs: number,
  ) {
    super({ encoding: 'utf8', highWaterMark: 64 * 1024 });
    this.heartbeat = new Heartbeat(heartbeatMs, () => this.beat());
  }

  /** A comment makes the reader ask again while the source still owes its next piece. */
  override _read(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.source.next().then(
      (result) => this.pass(result.done === true ? null : result.value),
      (error: unknown) => {
        this.pass(this.onError(error));
        this.pass(null);
      },
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.heartbeat.stop();
    if (this.source.return === undefined) callback(error);
    else this.source.return().then(() => callback(error), callback);
  }

  private pass(piece: string | null): void {
    this.isAsking = false;
    if (this.destroyed) return;
    if (piece === null) this.heartbeat.stop();
    else this.heartbeat.note();
    this.push(piece);
  }

  /** A client that reads nothing gets none. */
  private beat(): void {
    if (this.isAsking && this.readableLength === 0) this.push(comment);
  }
}
