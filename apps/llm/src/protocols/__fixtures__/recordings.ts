import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isObject, objectsOf, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import type { ProtocolName } from '../protocol.ts';

/** Recorded replies of real providers, where there are any: see CONTRIBUTING.md. */
const root = resolve(process.env['PROVIDER_RECORDINGS'] ?? join(import.meta.dirname, '../../../../../../shared/recordings'));

export interface Recording {
  /** The folder, which is a provider. */
  folder: string;
  name: string;
  /** The events of a stream, or null for a whole reply. */
  events: string[] | null;
  body: string;
  /** The API that it is an answer of; null for none that is spoken here. */
  protocol: ProtocolName | null;
}

/** All recordings, in the order of their names. */
export const recordings: readonly Recording[] = existsSync(root)
  ? readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort().flatMap(recordingsIn)
  : [];

/** The answers of an API, from any provider. */
export function recordingsOf(protocol: ProtocolName): Recording[] {
  return recordings.filter((recording) => recording.protocol === protocol);
}

/** The recordings of a provider that are no answers of an API that is spoken here. */
export function unreadIn(folder: string): Recording[] {
  return recordings.filter((recording) => recording.folder === folder && recording.protocol === null);
}

function recordingsIn(folder: string): Recording[] {
  return readdirSync(join(root, folder))
    .filter((name) => /\.(chunks\.txt|sse|json)$/.test(name))
    .sort()
    .map((name): Recording => {
      const body = readFileSync(join(root, folder, name), 'utf8');
      const events = name.endsWith('.json') ? null : linesOf(body, name.endsWith('.sse'));
      const objects = (events ?? [body]).map(parseObject).filter((object) => object !== undefined);
      const [protocol = null] = objects.map(protocolOf).filter((found) => found !== null);
      return { folder, name, body, events, protocol };
    });
}

function linesOf(body: string, isSse: boolean): string[] {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return isSse ? lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()) : lines;
}

/** The API of an event or a whole reply, by the fields that only it has. */
function protocolOf(object: UnknownObject): ProtocolName | null {
  const { choices, candidates, object: kind, type, content, output } = object;
  if (objectsOf(choices).some((choice) => isObject(choice['delta']) || isObject(choice['message']))) return 'chat_completions';
  if (Array.isArray(candidates)) return 'gemini';
  if (kind === 'response' || String(type).startsWith('response.')) return 'openai_responses';
  if (type === 'message_start' || (type === 'message' && Array.isArray(content))) return 'anthropic_messages';
  const isConverse = 'messageStart' in object || 'contentBlockDelta' in object || (isObject(output) && 'message' in output);
  return isConverse ? 'bedrock_converse' : null;
}
