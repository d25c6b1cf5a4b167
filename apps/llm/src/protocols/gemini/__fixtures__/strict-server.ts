import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LoopbackServer } from '../../__fixtures__/loopback-server.ts';
import { answerText, askedCalls } from '../../__fixtures__/asked-calls.ts';
import { imageReply } from './strict-images.ts';
import { refusalOf } from './strict-rules.ts';

type Json = Record<string, unknown>;

interface StrictCall {
  path: string;
  model: string;
  method: string;
  headers: IncomingHttpHeaders;
  body: Json;
}

/**
 * generateContent on loopback, at Google AI's paths and at Vertex AI's. It refuses what the real API refuses and accepts only signatures that it
 * has issued itself.
 */
export class StrictGemini extends LoopbackServer {
  readonly calls: StrictCall[] = [];
  /** The chunks of the next answers, the first first. Without one it thinks, makes the calls that the request asks for, and says a text after them. */
  readonly answers: (readonly object[])[] = [];
  private readonly issued = new Set<string>();

  static start(): Promise<StrictGemini> {
    return new StrictGemini().listen();
  }

  protected async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.origin);
    if (request.headers['x-goog-api-key'] !== 'key') {
      refuse(response, 400, 'API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT');
      return;
    }
    if (request.method === 'GET' && pathname === '/v1beta/models') {
      reply(response, {
        models: [
          { name: 'models/gemini-3-pro-preview', supportedGenerationMethods: ['generateContent', 'countTokens'] },
          { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
          { name: 'models/imagen-4', supportedGenerationMethods: ['predict'] },
          { name: 'models/veo-3', supportedGenerationMethods: ['predictLongRunning'] },
        ],
      });
      return;
    }
    const found =
      /^\/v1beta\/models\/([^/:]+):(\w+)$/.exec(pathname) ??
      /^\/v1\/projects\/p\/locations\/eu\/publishers\/google\/models\/([^/:]+):(\w+)$/.exec(pathname);
    const [, model = '', method = ''] = found ?? [];
    const body = JSON.parse(await text(request)) as Json;
    const isVertex = pathname.startsWith('/v1/projects/');
    if (found === null) refuse(response, 404, 'Not Found', 'NOT_FOUND');
    else if (model === 'gemini-none') refuse(response, 404, `models/${model} is not found for API version v1beta`, 'NOT_FOUND');
    else {
      this.calls.push({ path: pathname, model, method, headers: request.headers, body });
      if (model.startsWith('imagen-') || model.endsWith('-image')) serveImages(response, { model, method, body, isVertex });
      else if (method === 'batchEmbedContents' || method === 'predict' || method === 'embedContent') embed(response, method, request.url ?? '', body);
      else this.generate(response, { model, method, body, isVertex, isSse: searchParams.get('alt') === 'sse' });
    }
  }

  private generate(
    response: ServerResponse,
    call: { model: string; method: string; body: Json; isVertex: boolean; isSse: boolean },
  ): void {
    const refusal = refusalOf(call.body, call.model, this.issued, call.isVertex);
    if (refusal !== null) {
      refuse(response, 400, refusal, 'INVALID_ARGUMENT');
      return;
    }
    const chunks = this.answers.shift() ?? answerTo(call.body, this.calls.length);
    for (const [, signature] of JSON.stringify(chunks).matchAll(/"thoughtSignature":"([^"]+)"/g))
      if (signature !== undefined) this.issued.add(signature);
    if (call.method === 'generateContent') reply(response, chunks[0] ?? {});
    else if (!call.isSse) reply(response, chunks);
    else {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
      response.end();
    }
  }
}

function answerTo(body: Json, number: number): object[] {
  const contents = body['contents'] as { parts: Json[] }[];
  const config = body['generationConfig'] as { responseMimeType?: string; thinkingConfig?: { includeThoughts?: boolean } } | undefined;
  const hasOutputs = contents.at(-1)?.parts.some((part) => 'functionResponse' in part) === true;
  const declared = (body['tools'] as { functionDeclarations: { name: string }[] }[] | undefined)?.[0]?.functionDeclarations ?? [];
  const calls = askedCalls(contents, hasOutputs ? [] : declared.map(({ name }) => name), { port: 'Brest' });
  const signed = { thoughtSignature: Buffer.from(`signed ${number}`).toString('base64') };
  const text = { text: answerText(config?.responseMimeType === 'application/json'), ...signed };
  const functionCalls = calls.map(({ name, input: args }, at) => ({ functionCall: { id: `fc_${number}_${at}`, name, args }, ...(at === 0 && signed) }));
  const own = (body['tools'] as object[] | undefined) ?? [];
  if (own.some((tool) => 'codeExecution' in tool) && !JSON.stringify(contents).includes('executableCode'))
    return [{ ...chunkOf([...ranCode, text], 'STOP'), usageMetadata: countsOfAnswer }];
  if (own.some((tool) => 'googleSearch' in tool)) {
    const [candidate] = chunkOf([text], 'STOP').candidates;
    return [{ candidates: [{ ...candidate, groundingMetadata: grounding }], usageMetadata: countsOfAnswer }];
  }
  return [
    ...(config?.thinkingConfig?.includeThoughts === true ? [chunkOf([{ text: 'I think.', thought: true }])] : []),
    { ...chunkOf(calls.length > 0 ? functionCalls : [text], 'STOP'), usageMetadata: countsOfAnswer },
  ];
}

const ranCode = [
  { executableCode: { language: 'PYTHON', code: 'print(1)' } },
  { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } },
];
const grounding = {
  webSearchQueries: ['tides'],
  groundingChunks: [{ web: { uri: 'https://sea.example/tides', title: 'Tides' } }],
};

const countsOfAnswer = { promptTokenCount: 16, cachedContentTokenCount: 4, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 21 };

function chunkOf(parts: readonly object[], finishReason?: string): { candidates: object[] } {
  return { candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason !== undefined && { finishReason }) }] };
}

function serveImages(response: ServerResponse, call: Parameters<typeof imageReply>[0]): void {
  const made = imageReply(call);
  if (typeof made === 'string') refuse(response, 400, made, 'INVALID_ARGUMENT');
  else reply(response, made);
}

/** The vector of a text has its number, so that the order shows. Refuses more texts than the real methods take. */
function embed(response: ServerResponse, method: string, path: string, body: Json): void {
  const values = (text: string) => [Number(/\d+$/.exec(text)?.[0] ?? 0.5), -0.5];
  const textOf = (request: Json) => (request['content'] as { parts: { text: string }[] }).parts[0]?.text ?? '';
  if (method === 'predict') {
    const texts = (body['instances'] as { content: string }[]).map(({ content }) => content);
    if (path.includes('gemini-embedding-001') && texts.length > 1) refuse(response, 400, 'The model gemini-embedding-001 supports one instance per request.', 'INVALID_ARGUMENT');
    else if (path.includes('gemini-embedding-2')) refuse(response, 400, 'The model is not supported in the predict API.', 'FAILED_PRECONDITION');
    else if (texts.length > 250 || texts.join('').length > 80_000) refuse(response, 400, 'The number of instances or their tokens exceed the limit of 250 or 20000.', 'INVALID_ARGUMENT');
    else reply(response, { predictions: texts.map((text) => ({ embeddings: { values: values(text), statistics: { token_count: 3 } } })) });
  } else if (method === 'embedContent') {
    reply(response, { embedding: { values: values(textOf(body)) }, usageMetadata: { promptTokenCount: 3 } });
  } else {
    const texts = (body['requests'] as Json[]).map(textOf);
    if (texts.length > 100) refuse(response, 400, '* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch', 'INVALID_ARGUMENT');
    else reply(response, { embeddings: texts.map((text) => ({ values: values(text) })) });
  }
}

function reply(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, message: string, status: string): void {
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify({ error: { code, message, status } }));
}
