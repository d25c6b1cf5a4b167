import { isObject, objectsOf, type UnknownObject } from '../../../providers/json-object.ts';
import { isReasoningModel } from '../reasoning-models.ts';

/** A refusal of OpenAI's Responses API, in its words. */
export interface Refusal {
  message: string;
  code: string | null;
  param?: string;
}

const fields = new Set([
  ...['model', 'input', 'instructions', 'stream', 'store', 'truncation', 'include', 'reasoning', 'text', 'tools'],
  ...['tool_choice', 'parallel_tool_calls', 'max_output_tokens', 'temperature', 'top_p', 'top_logprobs', 'user'],
  ...['safety_identifier', 'prompt_cache_key', 'prompt_cache_retention', 'service_tier', 'metadata'],
]);

/** The fields of each type of item and of part. */
const itemFields: Record<string, readonly string[]> = {
  message: ['type', 'role', 'content', 'id', 'status', 'phase'],
  reasoning: ['type', 'id', 'summary', 'content', 'encrypted_content', 'status'],
  function_call: ['type', 'id', 'call_id', 'name', 'arguments', 'status'],
  function_call_output: ['type', 'id', 'call_id', 'output', 'status'],
  web_search_call: ['type', 'id', 'status', 'action'],
  code_interpreter_call: ['type', 'id', 'status', 'code', 'container_id', 'outputs'],
};
const partFields: Record<string, readonly string[]> = {
  input_text: ['type', 'text'],
  input_image: ['type', 'image_url', 'file_id', 'detail'],
  input_file: ['type', 'filename', 'file_data', 'file_url', 'file_id'],
  output_text: ['type', 'text', 'annotations', 'logprobs'],
  refusal: ['type', 'refusal'],
};
/** The fields of the provider's own tools. */
const ownTools: Record<string, readonly string[]> = {
  web_search: ['type', 'filters', 'search_context_size', 'user_location', 'external_web_access'],
  code_interpreter: ['type', 'container'],
};
const saidParts = ['output_text', 'refusal'];
const callIdLengthMax = 64;

/** What OpenAI refuses about a request; null for one that it accepts. `issued`: the encrypted thoughts that it can read. */
export function refusalOf(body: UnknownObject, issued: ReadonlySet<string>): Refusal | null {
  const unknown = Object.keys(body).find((field) => !fields.has(field));
  if (unknown !== undefined) return unknownParameter(unknown);
  return modelRefusal(body) ?? toolRefusal(body) ?? inputRefusal(objectsOf(body['input']), body, issued);
}

function unknownParameter(param: string): Refusal {
  return { message: `Unknown parameter: '${param}'.`, code: 'unknown_parameter', param };
}

function modelRefusal(body: UnknownObject): Refusal | null {
  const include: unknown[] = Array.isArray(body['include']) ? body['include'] : [];
  const reasons = isReasoningModel(String(body['model']));
  if (!reasons && include.includes('reasoning.encrypted_content'))
    return { message: 'Encrypted content is not supported with this model.', code: null, param: 'include' };
  if (!reasons && body['reasoning'] !== undefined)
    return unsupported('reasoning.effort');
  const effort = isObject(body['reasoning']) ? body['reasoning']['effort'] : undefined;
  const sampling = ['temperature', 'top_p', 'top_logprobs'].find((field) => field in body);
  return reasons && effort !== 'none' && sampling !== undefined ? unsupported(sampling) : null;
}

function unsupported(param: string): Refusal {
  return {
    message: `Unsupported parameter: '${param}' is not supported with this model.`,
    code: 'unsupported_parameter',
    param,
  };
}

function toolRefusal({ tools, tool_choice: choice }: UnknownObject): Refusal | null {
  if (choice !== undefined && objectsOf(tools).length === 0)
    return { message: "Tool choice is only allowed when 'tools' are specified.", code: null, param: 'tool_choice' };
  for (const [index, tool] of objectsOf(tools).entries()) {
    const own = ownTools[String(tool['type'])];
    if (own !== undefined) {
      const unknown = Object.keys(tool).find((field) => !own.includes(field));
      if (unknown !== undefined) return unknownParameter(`tools[${index}].${unknown}`);
      continue;
    }
    if (isObject(tool['function'])) return { message: `Missing required parameter: 'tools[${index}].name'.`, code: 'missing_required_parameter' };
    const parameters = isObject(tool['parameters']) ? tool['parameters'] : {};
    if (parameters['type'] !== 'object' || !isObject(parameters['properties']))
      return invalidSchema(tool['name'], 'object schema missing properties');
    // Without the field the API is strict.
    if (tool['strict'] !== false && parameters['additionalProperties'] !== false)
      return invalidSchema(tool['name'], "'additionalProperties' is required to be supplied and to be false");
  }
  return null;
}

function invalidSchema(name: unknown, complaint: string): Refusal {
  return { message: `Invalid schema for function '${String(name)}': ${complaint}.`, code: 'invalid_function_parameters' };
}

function inputRefusal(
  input: readonly UnknownObject[],
  body: UnknownObject,
  issued: ReadonlySet<string>,
): Refusal | null {
  if (input.length === 0) return { message: "Missing required parameter: 'input'.", code: 'missing_required_parameter' };
  for (const [index, item] of input.entries()) {
    const refusal =
      formRefusal(item, `input[${index}]`) ??
      (String(item['id']).match(/^(ws|ci)_/) && !issued.has(JSON.stringify(item)) ? strayItem(item) : null) ??
      (item['type'] === 'reasoning' ? thoughtRefusal(item, input[index + 1], body, issued) : null);
    if (refusal !== null) return refusal;
  }
  return pairRefusal(input);
}

function formRefusal(item: UnknownObject, place: string): Refusal | null {
  const known = itemFields[String(item['type'])];
  if (known === undefined) return { message: `Invalid value: '${String(item['type'])}'.`, code: 'invalid_value', param: place };
  const unknown = Object.keys(item).find((field) => !known.includes(field));
  if (unknown !== undefined) return unknownParameter(`${place}.${unknown}`);
  const callId = item['call_id'];
  if (typeof callId === 'string' && callId.length > callIdLengthMax)
    return { message: `Invalid '${place}.call_id': string too long.`, code: 'string_above_max_length' };
  if (item['type'] === 'function_call' && !isJson(item['arguments']))
    return { message: `Invalid '${place}.arguments': must be JSON.`, code: 'invalid_value' };
  if (item['type'] === 'web_search_call' || item['type'] === 'code_interpreter_call') return null;
  if (item['type'] === 'message') return contentRefusal(item['content'], item['role'] === 'assistant', place);
  return typeof item['output'] === 'string' ? null : contentRefusal(item['output'], false, place);
}

function contentRefusal(content: unknown, isSaid: boolean, place: string): Refusal | null {
  for (const part of objectsOf(content)) {
    const type = String(part['type']);
    const known = partFields[type];
    if (known === undefined || saidParts.includes(type) !== isSaid)
      return { message: `Invalid value: '${type}'.`, code: 'invalid_value', param: place };
    const unknown = Object.keys(part).find((field) => !known.includes(field));
    if (unknown !== undefined) return unknownParameter(`${place}.content.${unknown}`);
  }
  return null;
}

/** Requests are not stored, so only a whole item means anything. */
function strayItem({ id }: UnknownObject): Refusal {
  return { message: `Item with id '${String(id)}' not found.`, code: null, param: 'input' };
}

function thoughtRefusal(
  { id, encrypted_content: sealed, content, summary }: UnknownObject,
  next: UnknownObject | undefined,
  { store }: UnknownObject,
  issued: ReadonlySet<string>,
): Refusal | null {
  const name = String(id);
  if (!Array.isArray(summary)) return { message: `Missing required parameter: 'summary'.`, code: 'missing_required_parameter' };
  if (objectsOf(content).length > 0)
    return { message: `Invalid 'content': array too long. Expected an array with maximum length 0.`, code: 'array_above_max_length' };
  if (typeof sealed !== 'string' && store === false)
    return {
      message: `Item with id '${name}' not found. Items are not persisted when \`store\` is set to false.`,
      code: null,
    };
  if (!issued.has(String(sealed)))
    return { message: `The encrypted content for item ${name} could not be verified.`, code: 'invalid_encrypted_content' };
  const isFollowed =
    next?.['type'] === 'reasoning' || /_call$/.test(String(next?.['type'])) || next?.['role'] === 'assistant';
  return isFollowed
    ? null
    : { message: `Item '${name}' of type 'reasoning' was provided without its required following item.`, code: null };
}

function pairRefusal(input: readonly UnknownObject[]): Refusal | null {
  const idsOf = (wanted: string) => input.flatMap(({ type, call_id: id }) => (type === wanted ? [String(id)] : []));
  const calls = idsOf('function_call');
  const outputs = idsOf('function_call_output');
  const open = calls.find((id) => !outputs.includes(id));
  if (open !== undefined) return { message: `No tool output found for function call ${open}.`, code: null, param: 'input' };
  const stray = outputs.find((id) => !calls.includes(id));
  return stray === undefined
    ? null
    : { message: `No tool call found for function call output with call_id ${stray}.`, code: null, param: 'input' };
}

function isJson(text: unknown): boolean {
  try {
    JSON.parse(String(text));
    return true;
  } catch {
    return false;
  }
}
