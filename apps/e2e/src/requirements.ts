import { approvalsPageRequirements } from './requirements/console/approvals.ts';
import { consoleRequirements } from './requirements/console/console.ts';
import { operateRequirements } from './requirements/console/operate.ts';
import { agentRequirements } from './requirements/dialects/agent.ts';
import { clientRequirements } from './requirements/dialects/clients.ts';
import { codexRequirements } from './requirements/dialects/codex.ts';
import { janRequirements } from './requirements/dialects/jan.ts';
import { messagesRequirements } from './requirements/dialects/messages.ts';
import { openaiRequirements } from './requirements/dialects/openai.ts';
import { promptRequirements } from './requirements/dialects/prompts.ts';
import { authRequirements } from './requirements/entry/auth.ts';
import { badInputRequirements } from './requirements/entry/bad-input.ts';
import { entryRequirements } from './requirements/entry/entry.ts';
import { gatewayRequirements } from './requirements/entry/gateway.ts';
import { limitRequirements } from './requirements/entry/limits.ts';
import { llmRequirements } from './requirements/models/llm.ts';
import { mcpRequirements } from './requirements/models/mcp.ts';
import { providerRequirements } from './requirements/models/providers.ts';
import { architecture, type Requirement } from './requirements/requirement.ts';
import { backgroundRequirements } from './requirements/runs/background.ts';
import { eventRequirements } from './requirements/runs/events.ts';
import { faultRequirements } from './requirements/runs/faults.ts';
import { keptRequirements } from './requirements/runs/kept.ts';
import { runRequirements } from './requirements/runs/runs.ts';
import { tracingRequirements } from './requirements/runs/tracing.ts';
import { webhookRequirements } from './requirements/runs/webhooks.ts';

export type { Requirement } from './requirements/requirement.ts';

const all = {
  ...authRequirements,
  ...entryRequirements,
  ...limitRequirements,
  ...gatewayRequirements,
  ...badInputRequirements,
  ...consoleRequirements,
  ...approvalsPageRequirements,
  ...operateRequirements,

  ...janRequirements,
  ...openaiRequirements,
  ...agentRequirements,
  ...codexRequirements,
  ...messagesRequirements,
  ...promptRequirements,
  ...clientRequirements,

  ...backgroundRequirements,
  ...keptRequirements,
  ...runRequirements,
  ...webhookRequirements,
  ...eventRequirements,
  ...tracingRequirements,
  ...faultRequirements,

  ...llmRequirements,
  ...providerRequirements,
  ...mcpRequirements,

  examples: architecture(
    'Map',
    'Every example runs unchanged, with a scripted model and with the demo provider',
  ),
} satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof all;

/** What the API promises. `requirements.spec.ts` checks that a scenario proves each entry. */
export const requirements: Readonly<Record<RequirementId, Requirement>> = all;
