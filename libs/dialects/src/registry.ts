import type { Api, DialectName } from '@antiphon/contracts';
import { agent } from './agent/index.ts';
import { agentApi } from './agent/routes.ts';
import { codex } from './codex/index.ts';
import { codexApi } from './codex/routes.ts';
import type { Dialect, StoringDialect } from './dialect.ts';
import { jan } from './jan/index.ts';
import { janApi } from './jan/routes.ts';
import { messages } from './messages/index.ts';
import { messagesApi } from './messages/routes.ts';
import { openai } from './openai/index.ts';
import { openaiApi } from './openai/routes.ts';

const storing: Record<Exclude<DialectName, 'messages'>, StoringDialect> = { openai, jan, agent, codex };

export function dialectNamed(name: DialectName): Dialect {
  return name === 'messages' ? messages : storing[name];
}

/** The dialect that a stored response is written in: the one of its create, or openai where that one stores none. */
export function storingDialectNamed(name: DialectName): StoringDialect {
  return name === 'messages' ? openai : storing[name];
}

/** The routes of every dialect. */
export const dialectApis: readonly Api[] = [openaiApi, janApi, agentApi, codexApi, messagesApi];
