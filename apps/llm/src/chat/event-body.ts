import { Readable } from 'node:stream';

/**
 * A response body that is written as the client takes it: the source is asked for more only when the last piece was passed on. Destroying
 * the body (the client is gone) ends the source.
 */
export class EventBody extends Readable {
  constructor(
    private readonly source: AsyncIterator<string, undefined>,
    /** The last words of a source that fails. */
    private readonly onError: (error: unknown) => string,
  ) {
    super({ encoding: 'utf8', highWaterMark: 64 * 1024 });
  }

  override _read(): void {
    this.source.next().then(
      (result) => this.push(result.done === true ? null : result.value),
      (error: unknown) => {
        this.push(this.onError(error));
        this.push(null);
      },
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (this.source.return === undefined) callback(error);
    else this.source.return().then(() => callback(error), callback);
  }
}
