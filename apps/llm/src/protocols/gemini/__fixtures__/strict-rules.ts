/**
 * What the real API refuses, as far as its reference and its messages say. Each function returns the sentence of the refusal, or null. Written
 * from Google's reference and independent of the code under test.
 */

type Json = Record<string, unknown>;

const bodyFields = ['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'safetySettings', 'serviceTier'];
const configFields = [
  ...['temperature', 'topP', 'topK', 'maxOutputTokens', 'stopSequences', 'seed', 'presencePenalty'],
  ...['frequencyPenalty', 'responseMimeType', 'responseJsonSchema', 'thinkingConfig', 'responseLogprobs', 'logprobs'],
];
const partFields = ['text', 'thought', 'thoughtSignature', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode', 'codeExecutionResult'];

export function refusalOf(body: Json, model: string, issued: ReadonlySet<string>, isVertex: boolean): string | null {
  return (
    unknownField(body, bodyFields, '') ??
    contentsRefusal(body, issued, isGemini3(model), isVertex) ??
    toolsRefusal(body) ??
    configRefusal(body, model) ??
    (model.startsWith('gemma') && 'systemInstruction' in body
      ? `Developer instruction is not enabled for models/${model}`
      : null)
  );
}

function isGemini3(model: string): boolean {
  return /^gemini-([3-9]|\w+-latest)/.test(model);
}

function unknownField(object: Json, known: readonly string[], place: string): string | null {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  return unknown === undefined
    ? null
    : `Invalid JSON payload received. Unknown name "${unknown}"${place && ` at '${place}'`}: Cannot find field.`;
}

function contentsRefusal(body: Json, issued: ReadonlySet<string>, signs: boolean, isVertex: boolean): string | null {
  const contents = list(body['contents']);
  if (contents.length === 0) return 'contents is not specified';
  const lastOfUser = contents.findLastIndex(
    (content) => content['role'] === 'user' && partsOf(content).every((part) => !('functionResponse' in part)),
  );
  for (const [place, content] of contents.entries()) {
    const refusal =
      unknownField(content, ['role', 'parts'], `contents[${place}]`) ??
      partsRefusal(content, place) ??
      orderRefusal(contents, place, isVertex) ??
      (signs ? signatureRefusal(content, place > lastOfUser, issued) : null);
    if (refusal !== null) return refusal;
  }
  return null;
}

function partsRefusal(content: Json, place: number): string | null {
  const parts = partsOf(content);
  if (content['role'] !== 'user' && content['role'] !== 'model') return 'Please use a valid role: user, model.';
  if (parts.length === 0) return `GenerateContentRequest.contents[${place}].parts: contents.parts must not be empty.`;
  for (const part of parts) {
    const unknown = unknownField(part, partFields, `contents[${place}].parts`);
    if (unknown !== null) return unknown;
    const kinds = ['executableCode', 'codeExecutionResult', 'text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'].filter((kind) => kind in part);
    if (kinds.length !== 1) return `contents[${place}].parts: oneof field 'data' must have one initialized field`;
    if (part['text'] === '' && !('thoughtSignature' in part))
      return 'Unable to submit request because it must have a text parameter';
  }
  return null;
}

function orderRefusal(contents: readonly Json[], place: number, isVertex: boolean): string | null {
  const calls = named(contents[place], 'functionCall');
  const responses = named(contents[place], 'functionResponse');
  const before = contents[place - 1];
  if (calls.length > 0 && (contents[place]?.['role'] !== 'model' || before?.['role'] !== 'user'))
    return 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.';
  const asked = before === undefined ? [] : named(before, 'functionCall');
  if (asked.length === 0)
    return responses.length === 0
      ? null
      : 'Please ensure that function response turn comes immediately after a function call turn.';
  if (responses.length !== asked.length || partsOf(contents[place]).length !== responses.length)
    return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
  const isMatched = asked.every(
    (call, index) => call['name'] === responses[index]?.['name'] && call['id'] === responses[index]?.['id'],
  );
  if (!isMatched) return 'Please ensure that function responses match their function calls.';
  if (isVertex && asked.some(({ id }) => typeof id === 'string' && !id.startsWith('fc_')))
    return `Invalid JSON payload received. Unknown name "id" at 'function_call': Cannot find field.`;
  const isObject = responses.every(({ response }) => typeof response === 'object' && response !== null);
  return isObject ? null : 'function_response.response must be an object';
}

function signatureRefusal(content: Json, isCurrent: boolean, issued: ReadonlySet<string>): string | null {
  const parts = partsOf(content);
  const forged = parts.find(
    ({ thoughtSignature: said }) =>
      typeof said === 'string' && said !== 'skip_thought_signature_validator' && !issued.has(said),
  );
  if (forged !== undefined) return 'Thought signature is not valid';
  const [first] = parts.filter((part) => 'functionCall' in part);
  if (!isCurrent || first === undefined || 'thoughtSignature' in first) return null;
  return 'Function call is missing a thought_signature in functionCall parts.';
}

function toolsRefusal(body: Json): string | null {
  const declared = list(body['tools']).flatMap((tool) => list(tool['functionDeclarations']));
  const own = list(body['tools']).some((tool) => 'googleSearch' in tool || 'codeExecution' in tool);
  if (own && declared.length > 0) return 'Tool use with function calling is unsupported';
  for (const [place, tool] of declared.entries()) {
    const path = `tools[0].function_declarations[${place}]`;
    const unknown = unknownField(tool, ['name', 'description', 'parametersJsonSchema'], path);
    if (unknown !== null) return unknown;
    if (!/^[a-z_][\w.:-]{0,127}$/i.test(String(tool['name']))) return `Invalid function name at ${path}`;
    const schema = tool['parametersJsonSchema'];
    if (schema === undefined) continue;
    if ((schema as Json)['type'] !== 'object') return `${path}.parameters_json_schema: must be an object`;
    const refusal = schemaRefusal(schema, path);
    if (refusal !== null) return refusal;
  }
  const config = (body['toolConfig'] as Json | undefined)?.['functionCallingConfig'] as Json | undefined;
  if (config === undefined) return null;
  const allowed = config['allowedFunctionNames'];
  if (!['AUTO', 'ANY', 'NONE'].includes(String(config['mode']))) return 'Invalid value at tool_config.mode';
  if (!Array.isArray(allowed)) return null;
  if (config['mode'] !== 'ANY') return 'Allowed function names should be set only when the mode is ANY.';
  const isDeclared = allowed.every((name) => declared.some((tool) => tool['name'] === name));
  return isDeclared ? null : 'Allowed function names are not declared.';
}

const schemaWords = new Set([
  ...['type', 'format', 'title', 'description', 'enum', 'items', 'prefixItems', 'minItems', 'maxItems'],
  ...['minimum', 'maximum', 'anyOf', 'properties', 'additionalProperties', 'required', '$defs', '$ref'],
  ...['pattern', 'minLength', 'maxLength', 'default', 'propertyOrdering', 'minProperties', 'maxProperties'],
]);

function schemaRefusal(schema: unknown, path: string): string | null {
  if (typeof schema === 'boolean') return null;
  if (typeof schema !== 'object' || schema === null) return `${path}: not a schema`;
  const words = schema as Json;
  const unknown = Object.keys(words).find((word) => !schemaWords.has(word));
  if (unknown !== undefined) return `${path}: ${unknown} is not supported`;
  if ('$ref' in words && (Object.keys(words).length > 1 || !String(words['$ref']).startsWith('#/$defs/')))
    return `${path}: nothing may stand beside $ref`;
  const within = [
    ...[words['items'], words['additionalProperties']].filter((inner) => inner !== undefined),
    ...['anyOf', 'prefixItems'].flatMap((word) => list(words[word])),
    ...['properties', '$defs'].flatMap((word) => Object.values((words[word] ?? {}) as Json)),
  ];
  for (const inner of within) {
    const refusal = schemaRefusal(inner, path);
    if (refusal !== null) return refusal;
  }
  return null;
}

function configRefusal(body: Json, model: string): string | null {
  const config = (body['generationConfig'] ?? {}) as Json;
  const thinking = (config['thinkingConfig'] ?? {}) as Json;
  const unknown =
    unknownField(config, configFields, 'generation_config') ??
    unknownField(thinking, ['includeThoughts', 'thinkingBudget', 'thinkingLevel'], 'thinking_config');
  if (unknown !== null) return unknown;
  const version = isGemini3(model) ? 3 : model.startsWith('gemini-2.5') ? 2.5 : 2;
  if (Object.keys(thinking).length > 0 && version < 2.5) return 'Thinking is not enabled for this model';
  if ('thinkingLevel' in thinking && version < 3) return 'Thinking level is not supported for this model.';
  if ('thinkingLevel' in thinking && 'thinkingBudget' in thinking)
    return 'You can only set only one of thinking budget and thinking level.';
  if (thinking['thinkingBudget'] === 0 && /pro/.test(model)) return 'Budget 0 is invalid. This model only works in thinking mode.';
  if (version === 2.5 && ('presencePenalty' in config || 'frequencyPenalty' in config))
    return `Penalty is not enabled for models/${model}`;
  const isJson = config['responseMimeType'] === 'application/json';
  if (isJson && 'tools' in body && version < 3)
    return `Function calling with a response mime type: 'application/json' is unsupported`;
  if ('responseJsonSchema' in config && !isJson) return 'response_mime_type must be application/json';
  return schemaRefusal(config['responseJsonSchema'] ?? {}, 'generation_config.response_json_schema');
}

function named(content: Json | undefined, kind: 'functionCall' | 'functionResponse'): Json[] {
  return partsOf(content).flatMap((part) => (part[kind] === undefined ? [] : [part[kind] as Json]));
}

function partsOf(content: Json | undefined): Json[] {
  return list(content?.['parts']);
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}
