import { Readable } from 'node:stream';
import { Heartbeat } from '@antiphon/service-kit';

/** A comment, which readers of server-sent events skip. */
const comment = ': ping\n\n';

/**
 * A response body that is written at the pace of the client: the source is pulled only after its last piece was passed on. Destroying
 * the body (the client has gone) ends the source. While the source is silent a comment is sent, within `heartbeatMs` of the last piece.
 */
export class EventBody extends Readable {
  private readonly heartbeat: Heartbeat;
  private isAsking = false;

  constructor(
    private readonly source: AsyncIterator<string, undefined>,
    /** The last piece of a failed source. */
    private readonly onError: (error: unknown) => string,
    heartbeatMs: number,
  ) {
    super({ encoding: 'utf8', highWaterMark: 64 * 1024 });
    this.heartbeat = new Heartbeat(heartbeatMs, () => this.beat());
  }

  /** A comment makes the reader pull again while the next piece of the source is still pending. */
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

  /** A client that does not read gets no comments. */
  private beat(): void {
    if (this.isAsking && this.readableLength === 0) this.push(comment);
  }
}
