import { Readable } from 'node:stream';
import { AppError } from '@antiphon/contracts';
import type { S3Client } from '@aws-sdk/client-s3';
import type { PartContents } from './part-contents.ts';
import type { S3Location } from './s3-location.ts';

/** Bytes of one request to the store, the least that S3 takes. A writer holds two of them. */
const requestBytes = 5 * 1024 * 1024;
const connectMs = 5_000;
/** The longest silence of the store. */
const silenceMs = 30_000;

type S3Library = typeof import('@aws-sdk/client-s3') & Pick<typeof import('@aws-sdk/lib-storage'), 'Upload'>;

/** Parts as objects of an S3-compatible store, one for each part. */
export class S3Contents implements PartContents {
  readonly name = 's3';

  private constructor(
    private readonly library: S3Library,
    private readonly client: S3Client,
    private readonly location: S3Location,
  ) {}

  /** Loads the client, which takes memory that a service without such a store should not need. */
  static async open(location: S3Location): Promise<S3Contents> {
    const [s3, { Upload }] = await Promise.all([
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/lib-storage'),
    ]);
    const client = new s3.S3Client({
      region: location.region,
      ...(location.endpoint !== null && { endpoint: location.endpoint, forcePathStyle: true }),
      // Checksums in trailers are unknown to most stores that are not AWS's own.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: {
        connectionTimeout: connectMs,
        requestTimeout: silenceMs,
        throwOnRequestTimeout: true,
      },
    });
    return new S3Contents({ ...s3, Upload }, client, location);
  }

  async write(partId: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    const upload = new this.library.Upload({
      client: this.client,
      params: { ...this.place(partId), Body: Readable.from(chunks, { objectMode: false }) },
      partSize: requestBytes,
      queueSize: 1,
    });
    await upload.done().catch(unavailable);
  }

  async *read(partId: string): AsyncGenerator<Buffer> {
    const found = await this.client
      .send(new this.library.GetObjectCommand(this.place(partId)))
      .catch(unavailable);
    if (!(found.Body instanceof Readable)) return unavailable(new Error('the object has no body'));
    for await (const chunk of found.Body) yield chunk as Buffer; // the body of a response is read without an encoding
  }

  async remove(partId: string): Promise<void> {
    await this.client.send(new this.library.DeleteObjectCommand(this.place(partId))).catch(unavailable);
  }

  /** Closes the connections. */
  close(): void {
    this.client.destroy();
  }

  private place(partId: string) {
    return { Bucket: this.location.bucket, Key: `${this.location.prefix}${partId}` };
  }
}

/** Errors of the caller's own body pass through. */
function unavailable(error: unknown): never {
  if (error instanceof AppError) throw error;
  throw new AppError('unavailable', 'The file store is not available right now. Try again soon.', {
    retryAfterMs: 2_000,
    cause: error,
  });
}
