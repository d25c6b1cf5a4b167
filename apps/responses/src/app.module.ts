import { RuntimeModule } from '@antiphon/runtime';
import { type DynamicModule, Module } from '@nestjs/common';
import { ApprovalsModule } from './approvals/approvals.module.ts';
import { CompactionModule } from './compaction/compaction.module.ts';
import { ConfigModule } from './config.module.ts';
import type { ResponsesConfig } from './config.ts';
import { ConversationsModule } from './conversations/conversations.module.ts';
import { DocsModule } from './docs/docs.module.ts';
import { AgentModule } from './http/agent/agent.module.ts';
import { CodexModule } from './http/codex/codex.module.ts';
import { JanModule } from './http/jan/jan.module.ts';
import { MessagesModule } from './http/messages/messages.module.ts';
import { OpenaiModule } from './http/openai/openai.module.ts';
import { PromptsModule } from './prompts/prompts.module.ts';
import { DependencyChecksModule } from './readiness/dependency-checks.module.ts';
import { RunsApiModule } from './runs/runs.module.ts';
import { WebhooksModule } from './webhooks/webhooks.module.ts';
import { WebsocketModule } from './websocket/websocket.module.ts';

@Module({})
export class AppModule {
  static with(config: ResponsesConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        // Every feature module needs the stores and the runner.
        { ...RuntimeModule.with(config.database, config.runtime), global: true },
        DependencyChecksModule,
        JanModule,
        OpenaiModule,
        AgentModule,
        CodexModule,
        MessagesModule,
        CompactionModule,
        ConversationsModule,
        PromptsModule,
        RunsApiModule,
        ApprovalsModule,
        WebhooksModule,
        WebsocketModule,
        DocsModule,
      ],
    };
  }
}
