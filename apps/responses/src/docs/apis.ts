import type { Api } from '@antiphon/contracts';
import { dialectApis } from '@antiphon/dialects';
import { approvalsApi } from '../approvals/routes.ts';
import { promptsApi } from '../prompts/routes.ts';
import { runsApi } from '../runs/routes.ts';
import { webhooksApi } from '../webhooks/routes.ts';

/** Every API of this service. */
export const apis: readonly Api[] = [...dialectApis, promptsApi, runsApi, approvalsApi, webhooksApi];

/** The services that publish a document of their own, under the same path at the gateway. */
export const otherServices = ['auth', 'llm', 'mcp'] as const;
