import type { ToolAnnotations } from '@antiphon/contracts';
import { Egress, type EgressResponse } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { decodeText } from '../pages/text-decoding.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { beginningAsJson, jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';
import { assertListed } from './url-list.ts';

/** One tool for each method. */
interface HttpVerb {
  method: string;
  description: string;
  annotations: ToolAnnotations;
  /** Whether `input_data` is sent as a JSON body; otherwise it is added to the query. */
  sendsBody: boolean;
  /** Whether the result includes the headers of the answer. */
  showsHeaders: boolean;
}

const asks = { annotations: readOnly, sendsBody: false, showsHeaders: false };

/** Methods that change something. They need approval by default. */
const changes = { sendsBody: true, showsHeaders: false };

const verbs: readonly HttpVerb[] = [
  {
    ...asks,
    method: 'GET',
    description:
      'Sends an HTTP GET request to an API and gives the status and the body (JSON or text) of the answer. ' +
      'Use it for APIs; use scrape to read a web page.',
  },
  {
    ...asks,
    method: 'HEAD',
    showsHeaders: true,
    description:
      'Sends an HTTP HEAD request and gives the status and the headers of the answer. Use it to learn whether something is there, ' +
      'and its type, size and date, without getting it.',
  },
  {
    ...asks,
    method: 'OPTIONS',
    showsHeaders: true,
    description:
      'Sends an HTTP OPTIONS request and gives the status, headers and body of the answer. Use it to learn which methods an address allows.',
  },
  {
    ...asks,
    method: 'TRACE',
    description:
      'Sends an HTTP TRACE request and gives the status and the body of the answer, which repeats the request as it arrived. ' +
      'Use it only to find out what lies between here and a server; most servers refuse it.',
  },
  {
    ...changes,
    method: 'POST',
    annotations: { readOnly: false, idempotent: false, destructive: false },
    description:
      'Sends an HTTP POST request with a JSON body to an API and gives the status and the body of the answer. ' +
      'Use it to create something or to start an action; it may change data.',
  },
  {
    ...changes,
    method: 'PUT',
    annotations: { readOnly: false, idempotent: true, destructive: true },
    description:
      'Sends an HTTP PUT request with a JSON body to an API and gives the status and the body of the answer. ' +
      'Use it to replace something as a whole with what is sent.',
  },
  {
    ...changes,
    method: 'PATCH',
    annotations: { readOnly: false, idempotent: false, destructive: true },
    description:
      'Sends an HTTP PATCH request with a JSON body to an API and gives the status and the body of the answer. ' +
      'Use it to change some fields of something and leave the others as they are.',
  },
  {
    ...changes,
    method: 'DELETE',
    sendsBody: false,
    annotations: { readOnly: false, idempotent: true, destructive: true },
    description:
      'Sends an HTTP DELETE request to an API and gives the status and the body of the answer. ' +
      'Use it to delete what the address names; it cannot be undone.',
  },
];

function parametersOf({ sendsBody }: HttpVerb) {
  return z.object({
    url: z.string().min(1).max(4096).describe('Address to ask, with http:// or https://.'),
    input_data: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        sendsBody ? 'What to send, as JSON.' : 'Parameters that are added to the query of the address.',
      ),
    headers: z.record(z.string().max(200), z.string().max(8192)).optional().describe('Headers to send.'),
  });
}

export interface HttpToolOptions {
  toolTimeoutMs: number;
  timeoutMs: number;
  answerBytesMax: number;
  redirectsMax: number;
  outputBytesMax: number;
  /** The URLs that these tools may request, with all URLs below them. Empty: all URLs that the egress allows. */
  allowedUrls: readonly string[];
}

/** The bytes of a result's note and field names. */
const frameBytes = 512;

@Injectable()
export class HttpTools implements ToolSource {
  readonly tools: readonly RegisteredTool[];

  constructor(@Inject(MCP_CONFIG) config: Pick<Config, 'tools' | 'http'>, egress: Egress) {
    const { timeoutMs: toolTimeoutMs, outputBytesMax } = config.tools;
    this.tools = createHttpTools({ ...config.http, toolTimeoutMs, outputBytesMax }, egress);
  }
}

export function createHttpTools(options: HttpToolOptions, egress: Egress): RegisteredTool[] {
  return verbs.map((verb) => createHttpTool(verb, options, egress));
}

function createHttpTool(verb: HttpVerb, options: HttpToolOptions, egress: Egress): RegisteredTool {
  return defineTool({
    name: `${verb.method.toLowerCase()}_http_requests`,
    description: verb.description,
    parameters: parametersOf(verb),
    annotations: verb.annotations,
    timeoutMs: options.toolTimeoutMs,
    async run(args, context, signal) {
      const url = egress.checkUrl(args.url, 'url');
      const headers = withKey(args.headers ?? {}, context.idempotencyKey);
      const answer = await egress.fetch(
        verb.sendsBody ? url.href : withQuery(url, args.input_data ?? {}),
        {
          ...(verb.sendsBody ? withJson(headers, args.input_data) : { headers }),
          method: verb.method,
          redirectsMax: options.redirectsMax,
          decodedBytesMax: options.answerBytesMax,
          timeoutMs: options.timeoutMs,
          checkUrl: (hop) => assertListed(hop, options.allowedUrls),
        },
        signal,
      );
      return encode(answer, verb, options.outputBytesMax);
    },
  });
}

const keyHeader = 'idempotency-key';

/** Only this server sets the key: with a key that a model invents, a service would not recognise a second attempt. */
function withKey(headers: Record<string, string>, idempotencyKey: string): Record<string, string> {
  return { ...withoutHeader(headers, keyHeader), [keyHeader]: idempotencyKey };
}

/** The body is JSON, so the model may choose a JSON media type only. */
function withJson(headers: Record<string, string>, inputData: Record<string, unknown> | undefined) {
  if (inputData === undefined) return { headers };
  const isJson = Object.entries(headers).some(
    ([name, value]) =>
      name.toLowerCase() === 'content-type' && /^application\/([\w.-]+\+)?json\b/i.test(value),
  );
  return {
    headers: isJson
      ? headers
      : { ...withoutHeader(headers, 'content-type'), 'content-type': 'application/json' },
    body: JSON.stringify(inputData),
  };
}

function withoutHeader(headers: Record<string, string>, without: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== without));
}

/** Lists become repeated parameters; values other than strings become JSON. */
function withQuery(url: URL, inputData: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(inputData)) {
    for (const single of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (single === null || single === undefined) continue;
      url.searchParams.append(name, typeof single === 'string' ? single : JSON.stringify(single));
    }
  }
  return url.href;
}

function encode(answer: EgressResponse, { showsHeaders }: HttpVerb, outputBytesMax: number): string {
  const type = answer.headers.get('content-type') ?? '';
  const head = {
    status: answer.status,
    url: answer.url,
    content_type: type.slice(0, 200) || null,
    ...(showsHeaders && { headers: headersOf(answer) }),
  };
  const bytesMax = Math.max(outputBytesMax - frameBytes - Buffer.byteLength(JSON.stringify(head)), 0);
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

/** Headers that a model has no use for. */
const hiddenHeaders = new Set(['set-cookie', 'set-cookie2']);
const headersMax = 32;
const headerCharactersMax = 100;

function headersOf(answer: EgressResponse): Record<string, string> {
  const shown = [...answer.headers].filter(([name]) => !hiddenHeaders.has(name)).slice(0, headersMax);
  return Object.fromEntries(
    shown.map(([name, value]) => [name.slice(0, headerCharactersMax), value.slice(0, headerCharactersMax)]),
  );
}

function isText(type: string, body: Buffer): boolean {
  if (/^(image|audio|video|font)\/(?!svg)/i.test(type)) return false;
  return /^text\/|json|xml|javascript|x-www-form-urlencoded/i.test(type) || !body.includes(0);
}

/** The parsed body where it is JSON that fits and can be written again; undefined otherwise. */
function parseWhole(text: string, bytesMax: number): unknown {
  if (text.length > bytesMax) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // JSON.stringify throws for values that are nested too deeply, which JSON.parse accepts.
    return Buffer.byteLength(JSON.stringify(value)) <= bytesMax ? value : undefined;
  } catch {
    return undefined;
  }
}
