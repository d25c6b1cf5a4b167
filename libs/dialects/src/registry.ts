import type { Api, DialectName } from '@antiphon/contracts';
import { agent } from './agent/index.ts';
import { agentApi } from './agent/routes.ts';
import { codex } from './codex/index.ts';
import { codexApi } from './codex/routes.ts';
import type { Dialect } from './dialect.ts';
import { jan } from './jan/index.ts';
import { janApi } from './jan/routes.ts';
import { openai } from './openai/index.ts';
import { openaiApi } from './openai/routes.ts';

const dialects: Record<DialectName, Dialect> = { openai, jan, agent, codex };

export function dialectNamed(name: DialectName): Dialect {
  return dialects[name];
}

/** The routes of every dialect. */
export const dialectApis: readonly Api[] = [openaiApi, janApi, agentApi, codexApi];
