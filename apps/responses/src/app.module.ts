import { llmModels, toolsList } from '@antiphon/contracts';
import { RuntimeModule } from '@antiphon/runtime';
import { egressProvider, Readiness, RpcBus } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { AgentController } from './http/agent/agent.controller.ts';
import { AnswerCache } from './answer-cache/answer-cache.ts';
import { CodexController } from './http/codex/codex.controller.ts';
import { CompactedContexts } from './input/compaction-box.ts';
import { RESPONSES_CONFIG, type ResponsesConfig } from './config.ts';
import { ConversationTurnsController } from './http/agent/conversation-turns.controller.ts';
import { DecisionsController } from './http/agent/decisions.controller.ts';
import { DocsController } from './docs/docs.controller.ts';
import { HeldRuns } from './held-runs/held-runs.ts';
import { ContextsController } from './compaction/contexts.controller.ts';
import { ContextsService } from './compaction/compaction.service.ts';
import { ConversationsController } from './conversations/conversations.controller.ts';
import { ConversationsService } from './conversations/conversations.service.ts';
import { InputResolver } from './input/input-resolver.ts';
import { JanController } from './http/jan/jan.controller.ts';
import { OpenaiController } from './http/openai/openai.controller.ts';
import { PromptsController } from './prompts/prompts.controller.ts';
import { promptsProviders } from './prompts/prompts.module.ts';
import { Quotas } from './quotas/quotas.ts';
import { Replier } from './http/reply.ts';
import { ResponsesService } from './create/create.service.ts';
import { WebhookEndpointsController } from './webhooks/webhook-endpoints.controller.ts';
import { WebhookSecretController } from './webhooks/webhook-secret.controller.ts';
import { ResponseSockets } from './websocket/response-sockets.ts';
import { StorageGuard } from './quotas/storage.guard.ts';
import { ToolOutputsController } from './http/codex/tool-outputs.controller.ts';

const checkTimeoutMs = 1_500;
const checkCaller = {
  userId: 'service_responses',
  tenantId: 'service',
  kind: 'service' as const,
  scopes: [],
};

@Module({})
export class AppModule {
  static with(config: ResponsesConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [RuntimeModule.with(config.database, config.runtime)],
      controllers: [
        JanController,
        OpenaiController,
        AgentController,
        CodexController,
        ToolOutputsController,
        DecisionsController,
        ConversationTurnsController,
        ContextsController,
        ConversationsController,
        PromptsController,
        WebhookSecretController,
        WebhookEndpointsController,
        DocsController,
      ],
      providers: [
        { provide: RESPONSES_CONFIG, useValue: config },
        egressProvider(config.egress, 'links'),
        AnswerCache,
        HeldRuns,
        CompactedContexts,
        InputResolver,
        ...promptsProviders(config.prompts),
        Quotas,
        StorageGuard,
        ResponsesService,
        ContextsService,
        ConversationsService,
        Replier,
        ResponseSockets,
      ],
    };
  }

  /** This service is the one that answers /readyz for the whole system, so it looks at what a run needs. */
  constructor(readiness: Readiness, bus: RpcBus) {
    readiness.add('llm', async () => void (await bus.call(llmModels, {}, checkTimeoutMs)), {
      required: false,
    });
    readiness.add(
      'mcp',
      async () => void (await bus.call(toolsList, { caller: checkCaller, select: [] }, checkTimeoutMs)),
      {
        required: false,
      },
    );
  }
}
