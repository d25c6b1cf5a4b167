import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';

export const s3Key = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret' };
const region = 'eu-central-1';

/** An S3 store on loopback with what parts of files need. It refuses requests whose signature, hash or length does not match their bytes. */
export class S3Server {
  readonly objects = new Map<string, Buffer>();
  /** Objects that arrive in several requests, by the ids of these uploads. */
  private readonly open = new Map<string, Map<number, Buffer>>();
  /** The largest body of a request. */
  largestBody = 0;
  isDown = false;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<S3Server> {
    const started = new S3Server();
    started.server.listen(0, '127.0.0.1');
    await once(started.server, 'listening');
    return started;
  }

  get url(): string {
    // A listening server has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Uploads that were begun and neither completed nor aborted. */
  get openUploads(): number {
    return this.open.size;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => null);
    if (body === null) return void response.destroy();
    this.largestBody = Math.max(this.largestBody, body.length);
    if (this.isDown) return refuse(response, 503, 'SlowDown');
    if (!(await isSigned(request, body, this.url))) return refuse(response, 403, 'SignatureDoesNotMatch');
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const uploadId = searchParams.get('uploadId');
    const chunks = uploadId === null ? null : this.open.get(uploadId);
    if (uploadId !== null && !chunks) return refuse(response, 404, 'NoSuchUpload');
    switch (`${request.method} ${chunks ? 'upload' : searchParams.has('uploads') ? 'uploads' : 'object'}`) {
      case 'PUT object':
        this.objects.set(pathname, body);
        return void response.setHeader('etag', etagOf(body)).end();
      case 'POST uploads': {
        const id = crypto.randomUUID();
        this.open.set(id, new Map());
        return xml(
          response,
          `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      case 'PUT upload':
        chunks?.set(Number(searchParams.get('partNumber')), body);
        return void response.setHeader('etag', etagOf(body)).end();
      case 'POST upload': {
        const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) =>
          Number(number),
        );
        this.objects.set(
          pathname,
          Buffer.concat(numbers.map((number) => chunks?.get(number) ?? Buffer.alloc(0))),
        );
        this.open.delete(uploadId ?? '');
        return xml(
          response,
          '<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>',
        );
      }
      case 'DELETE upload':
        this.open.delete(uploadId ?? '');
        return void response.writeHead(204).end();
      case 'DELETE object':
        this.objects.delete(pathname);
        return void response.writeHead(204).end();
      case 'GET object': {
        const object = this.objects.get(pathname);
        return object ? void response.end(object) : refuse(response, 404, 'NoSuchKey');
      }
      default:
        return refuse(response, 501, 'NotImplemented');
    }
  }
}

/** Signs the request again, by another implementation, and compares. */
async function isSigned({ method = '', url = '', headers }: IncomingMessage, body: Buffer, base: string) {
  const { authorization = '' } = headers;
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const signer = new AwsV4Signer({
    ...s3Key,
    method,
    url: new URL(url, base).href,
    headers: names
      .filter((name) => name !== 'host')
      .map((name) => [name, String(headers[name])] as [string, string]),
    body,
    service: 's3',
    region,
    datetime: String(headers['x-amz-date']),
    allHeaders: true,
  });
  const hash = createHash('sha256').update(body).digest('hex');
  const { headers: signed } = await signer.sign();
  return headers['x-amz-content-sha256'] === hash && signed.get('authorization') === authorization;
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function xml(response: ServerResponse, text: string): void {
  response.setHeader('content-type', 'application/xml').end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.statusCode = status;
  xml(response, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
