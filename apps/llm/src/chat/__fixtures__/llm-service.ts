import { createLogger, type RunningService, startService } from '@antiphon/service-kit';
import { MemoryBus } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { AppModule } from '../../app.module.ts';
import { loadConfig } from '../../config.ts';
import { encodeErrorAt } from '../../http/encode-error.ts';

/** The llm service in this process. */
export async function startLlm(env: NodeJS.ProcessEnv): Promise<RunningService> {
  const config = loadConfig(
    { PORT: '0', AUTH_ANONYMOUS: 'true', LOG_LEVEL: 'silent', SHUTDOWN_DRAIN: '0s', ...env },
    { providers: { backoff_min: '1ms', backoff_max: '1ms' }, signing_keys: { wait: '50ms' } },
  );
  return startService(
    { name: 'llm', config, module: AppModule.with(config), encodeError: encodeErrorAt },
    new MemoryBus(),
    createLogger('llm', 'silent'),
  );
}

/** The official client of a service. */
export function clientOf(service: RunningService, apiKey = 'EMPTY'): OpenAI {
  return new OpenAI({ baseURL: `${service.url}/v1`, apiKey, maxRetries: 0, logLevel: 'off' });
}

/** Sends a chat request as it is. */
export function postChat(service: RunningService, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  });
}

export const model = 'scripted-model';
export const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hi' }];
