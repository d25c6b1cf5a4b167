import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { read } from '@antiphon/contracts';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { CompactRequest, CountRequest, decodeCompact, decodeCount } from './contexts/contexts.ts';
import { AddedItems, ConversationChange, ConversationRequest } from './conversations/conversations.ts';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import { ToolSearchTool } from './tool-types/tool-search.ts';
import { Labelled, ServerTools } from './tools/mcp-tools.ts';
import {
  CreateRequest,
  JsonSchemaFormat,
  PromptCacheOptions,
  PromptReference,
  ReasoningOptions,
  RetrieveQuery,
  StreamOptions,
  TextOptions,
  Typed,
} from './schema.ts';
import { CustomTool } from './tool-types/custom.ts';
import { UserLocation, WebSearchFilters, WebSearchTool } from './tool-types/web-search.ts';
import { openaiSocket, Turn } from './socket.ts';
import { FunctionDefinition } from './tools/function-tool.ts';
import { Namespace } from './tools/namespaces.ts';

/* The stock client's own types say which fields its callers may send: each must be supported, refused by name, or ignored for a reason. */

const resources = join(dirname(createRequire(import.meta.url).resolve('openai')), 'resources');

/** The fields of an interface of the stock client, which may lie in a namespace: `ResponseCreateParams.StreamOptions`. */
function fieldsOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(resources, file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const path = name.split('.');
  const last = path.pop();
  let place: ts.Node = source;
  for (const step of path) {
    const found = ts.forEachChild(place, (node) =>
      ts.isModuleDeclaration(node) && node.name.text === step ? node.body : undefined,
    );
    if (!found) throw new Error(`${file} has no namespace ${step}`);
    place = found;
  }
  const found = ts.forEachChild(place, (node) =>
    ts.isInterfaceDeclaration(node) && node.name.text === last ? node : undefined,
  );
  if (!found) throw new Error(`${file} has no interface ${name}`);
  return found.members.flatMap(({ name: field }) => (field && ts.isIdentifier(field) ? [field.text] : []));
}

const responses = 'responses/responses.d.ts';
const betaResponses = 'beta/responses/responses.d.ts';

it.each<[string, string, readonly z.ZodObject[]]>([
  [responses, 'ResponseCreateParamsBase', [CreateRequest]],
  [betaResponses, 'ResponseCreateParamsBase', [CreateRequest]],
  [responses, 'ResponsesClientEvent.ResponseCreate', [CreateRequest, Turn]],
  [responses, 'ResponseRetrieveParamsBase', [RetrieveQuery]],
  [responses, 'ResponseCompactParams', [CompactRequest]],
  [betaResponses, 'ResponseCompactParams', [CompactRequest]],
  ['responses/input-tokens.d.ts', 'InputTokenCountParams', [CountRequest]],
  ['conversations/conversations.d.ts', 'ConversationCreateParams', [ConversationRequest]],
  ['conversations/conversations.d.ts', 'ConversationUpdateParams', [ConversationChange]],
  ['conversations/items.d.ts', 'ItemCreateParams', [AddedItems, RetrieveQuery]],
  ['shared.d.ts', 'Reasoning', [ReasoningOptions]],
  [responses, 'ResponseTextConfig', [TextOptions]],
  [responses, 'ResponseFormatTextJSONSchemaConfig', [JsonSchemaFormat]],
  [responses, 'ResponseCreateParams.StreamOptions', [StreamOptions]],
  [responses, 'ResponseCreateParams.PromptCacheOptions', [PromptCacheOptions]],
  [responses, 'ResponsePrompt', [PromptReference]],
  [responses, 'FunctionTool', [FunctionDefinition, Typed]],
  [responses, 'Tool.Mcp', [Labelled, ServerTools, Typed]],
  [responses, 'CustomTool', [CustomTool, Typed]],
  [responses, 'NamespaceTool', [Namespace, Typed]],
  [responses, 'NamespaceTool.Function', [FunctionDefinition, Typed]],
  [responses, 'ToolSearchTool', [ToolSearchTool, Typed]],
  [responses, 'WebSearchTool', [WebSearchTool, Typed]],
  [responses, 'WebSearchTool.Filters', [WebSearchFilters]],
  [responses, 'WebSearchTool.UserLocation', [UserLocation]],
  [responses, 'WebSearchPreviewTool', [WebSearchTool, Typed]],
])('no field of %s: %s is unknown here', (file, name, schemas) => {
  const fields = fieldsOf(file, name);
  expect(fields).not.toEqual([]);
  expect(fields.filter((field) => !schemas.some(({ shape }) => field in shape))).toEqual([]);
});

const create = { model: 'm', input: 'Hi' };
/** The fields of a create that are described with this mark. */
const fieldsMarked = (mark: 'Refused' | 'Ignored') =>
  Object.entries(CreateRequest.shape).flatMap(([field, schema]) =>
    schema.description?.startsWith(mark) ? [field] : [],
  );

describe('a field that would change the meaning is refused by its name:', () => {
  it.each(fieldsMarked('Refused'))('%s', (field) => {
    const named = expect.objectContaining({ code: 'invalid_request', param: field }) as Error;
    expect(() => decodeCreate({ ...create, [field]: { enabled: true } })).toThrow(named);
    expect(() => decodeCount({ ...create, [field]: { enabled: true } })).toThrow(named);
    expect(() => openaiSocket.decodeTurn({ type: 'response.create', ...create, [field]: {} })).toThrow(named);
    expect(() => decodeCreate({ ...create, [field]: null })).not.toThrow();
  });

  const f = { type: 'function', name: 'f', parameters: null, strict: null };
  it.each([
    ['prompt_cache_options.prewarm', { prompt_cache_options: { prewarm: true } }],
    ['reasoning.mode', { reasoning: { mode: 'pro' } }],
    ['tools[0].async', { tools: [{ ...f, async: true }] }],
    ['tools[0].allowed_callers', { tools: [{ ...f, allowed_callers: ['programmatic'] }] }],
    [
      'tools[0].allowed_callers',
      { tools: [{ type: 'mcp', server_label: 'antiphon', allowed_callers: ['programmatic'] }] },
    ],
  ])('%s', (param, fields) => {
    expect(() => decodeCreate({ ...create, ...fields })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param }),
    );
  });

  it('personality of a count, image of a compaction', () => {
    expect(() => decodeCount({ ...create, personality: 'friendly' })).toThrow(
      expect.objectContaining({ param: 'personality' }),
    );
    expect(() => decodeCompact(read(CompactRequest, { ...create, image: {} }))).toThrow(
      expect.objectContaining({ param: 'image' }),
    );
  });
});

it('ignored fields change nothing', () => {
  const ids = () => 'x';
  const plain = decodeCreate(create, ids);
  const ignored = Object.fromEntries(fieldsMarked('Ignored').map((field) => [field, ['x']]));
  const prompt_cache_options = { mode: 'explicit', ttl: '30m', comparison_response_id: 'resp_1' };
  expect(decodeCreate({ ...create, ...ignored, prompt_cache_options, acme_unknown: {} }, ids)).toEqual(plain);
  expect(decodeRetrieve({ include_obfuscation: 'false' })).toEqual({ reply: 'json' });
  const f = { type: 'function', name: 'f', description: null, parameters: null, strict: null };
  const noted = { ...f, output_schema: {}, allowed_callers: ['direct', 'programmatic'] };
  expect(decodeCreate({ ...create, tools: [noted] }, ids)).toEqual(
    decodeCreate({ ...create, tools: [f] }, ids),
  );
});
