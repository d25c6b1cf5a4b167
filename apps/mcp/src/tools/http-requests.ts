import { AppError, type ToolAnnotations } from '@antiphon/contracts';
import type { Egress, EgressResponse } from '@antiphon/service-kit';
import { z } from 'zod';
import { decodeText } from '../pages/text-decoding.ts';
import { defineTool, type HostedTool, readOnly } from '../tool.ts';
import { beginningAsJson, jsonOutput } from '../tool-output.ts';
import { isWithinUrls } from './url-list.ts';

/** One tool for each method. */
interface HttpVerb {
  method: string;
  description: string;
  annotations: ToolAnnotations;
}

const verbs: readonly HttpVerb[] = [
  {
    method: 'GET',
    description:
      'Sends an HTTP GET request to an API and gives the status and the body (JSON or text) of the answer. ' +
      'Use it for APIs; use scrape to read a web page.',
    annotations: readOnly,
  },
];

const Parameters = z.object({
  url: z.string().min(1).max(4096).describe('Address to ask, with http:// or https://.'),
  input_data: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Parameters that are added to the query of the address.'),
  headers: z.record(z.string().max(200), z.string().max(8192)).optional().describe('Headers to send.'),
});

export interface HttpToolOptions {
  toolTimeoutMs: number;
  timeoutMs: number;
  answerBytesMax: number;
  redirectsMax: number;
  outputBytesMax: number;
  /** Where these tools may go: below these URLs, or with none given wherever the egress lets them. */
  allowedUrls: readonly string[];
}

/** What is left for everything of a result that is not its body. */
const frameBytes = 8 * 1024;

export function createHttpTools(options: HttpToolOptions, egress: Egress): HostedTool[] {
  return verbs.map(({ method, description, annotations }) =>
    defineTool({
      name: `${method.toLowerCase()}_http_requests`,
      description,
      parameters: Parameters,
      annotations,
      timeoutMs: options.toolTimeoutMs,
      async run(args, context, signal) {
        const url = withQuery(egress.checkUrl(args.url, 'url'), args.input_data ?? {});
        const answer = await egress.fetch(
          url,
          {
            method,
            headers: withKey(args.headers ?? {}, context.idempotencyKey),
            redirectsMax: options.redirectsMax,
            decodedBytesMax: options.answerBytesMax,
            timeoutMs: options.timeoutMs,
            checkUrl: (hop) => refuseUnlisted(hop, options.allowedUrls),
          },
          signal,
        );
        return encode(answer, options.outputBytesMax - frameBytes);
      },
    }),
  );
}

function refuseUnlisted(url: URL, allowedUrls: readonly string[]): void {
  if (allowedUrls.length === 0 || isWithinUrls(url, allowedUrls)) return;
  throw new AppError('forbidden', 'this URL is not among those that HTTP tools may ask');
}

const keyHeader = 'idempotency-key';

/** The key is ours to give: with one that a model makes up, a second attempt would not be known as one. */
function withKey(headers: Record<string, string>, idempotencyKey: string): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== keyHeader);
  return { ...Object.fromEntries(others), [keyHeader]: idempotencyKey };
}

/** Lists become repeated parameters, and what has no form of its own in a query becomes JSON. */
function withQuery(url: URL, inputData: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(inputData)) {
    for (const single of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (single === null || single === undefined) continue;
      url.searchParams.append(name, typeof single === 'string' ? single : JSON.stringify(single));
    }
  }
  return url.href;
}

function encode(answer: EgressResponse, bytesMax: number): string {
  const type = answer.headers.get('content-type') ?? '';
  const head = { status: answer.status, url: answer.url, content_type: type.slice(0, 200) || null };
  if (!isText(type, answer.body)) {
    return jsonOutput({
      ...head,
      body: null,
      note: `The body is not text: ${answer.body.length} bytes are left out.`,
    });
  }
  const text = decodeText(answer.body, type);
  const json = parseWhole(text, bytesMax);
  if (json !== undefined) return jsonOutput({ ...head, body: json });
  const body = beginningAsJson(text, bytesMax);
  const note = `The body is longer: only the beginning of its ${text.length} characters is given.`;
  return jsonOutput({ ...head, body, ...(body !== text && { note }) });
}

function isText(type: string, body: Buffer): boolean {
  if (/^(image|audio|video|font)\/(?!svg)/i.test(type)) return false;
  return /^text\/|json|xml|javascript|x-www-form-urlencoded/i.test(type) || !body.includes(0);
}

/** The body as JSON where it is JSON, fits, and can be written again; undefined otherwise. */
function parseWhole(text: string, bytesMax: number): unknown {
  if (text.length > bytesMax) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // What is nested too deeply can be parsed, but not written.
    return Buffer.byteLength(JSON.stringify(value)) <= bytesMax ? value : undefined;
  } catch {
    return undefined;
  }
}
