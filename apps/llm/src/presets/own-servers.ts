import { isObject } from '../providers/json-object.ts';
import type { Preset } from './preset.ts';

/** Servers of the operator's own. */
export const ownServers = {
  ollama: {
    protocol: 'ollama',
    baseUrl: 'http://127.0.0.1:11434',
    auth: 'bearer_if_any',
    quirks: 'ollama',
    local: {
      port: 11434,
      path: '/api/version',
      isIts: (body) => isObject(body) && typeof body['version'] === 'string',
    },
  },
  lmstudio: {
    protocol: 'chat_completions',
    baseUrl: 'http://127.0.0.1:1234/v1',
    auth: 'bearer_if_any',
    quirks: 'lmstudio',
    local: {
      port: 1234,
      // Of its own API, which no other server has.
      path: '/api/v0/models',
      isIts: (body) => isObject(body) && Array.isArray(body['data']),
    },
  },
  llamacpp: {
    protocol: 'chat_completions',
    baseUrl: 'http://127.0.0.1:8080/v1',
    auth: 'bearer_if_any',
    quirks: 'llamacpp',
  },
  vllm: {
    protocol: 'chat_completions',
    baseUrl: 'http://127.0.0.1:8000/v1',
    auth: 'bearer_if_any',
    quirks: 'vllm',
    local: {
      // Also the port of this system's own gateway, which has no such route.
      port: 8000,
      path: '/version',
      isIts: (body) => isObject(body) && typeof body['version'] === 'string',
    },
  },
  sglang: {
    protocol: 'chat_completions',
    baseUrl: 'http://127.0.0.1:30000/v1',
    auth: 'bearer_if_any',
    quirks: 'sglang',
  },
  openai_compatible: {
    protocol: 'chat_completions',
    baseUrl: null,
    auth: 'bearer_if_any',
    quirks: null,
  },
} satisfies Record<string, Preset>;
