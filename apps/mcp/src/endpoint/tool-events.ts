import { type Caller, newEvent, toolExecuted, type ToolResult } from '@antiphon/contracts';
import { LOGGER, type Logger, OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mcpSchema } from '../database.ts';

/** Publishes `tools.executed` for calls of MCP clients. Calls of runs are published with the checkpoint of their run, by the holder of its lease. */
@Injectable()
export class ToolEvents {
  constructor(
    private readonly database: DataSource,
    private readonly outbox: OutboxHint,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Records a finished call. The client's answer does not depend on the database: an event that cannot be stored is logged. */
  async executed(caller: Caller, tool: string, { error, durationMs }: ToolResult): Promise<void> {
    const { userId, tenantId } = caller;
    const status = error ? 'failed' : 'completed';
    const errorCode = error?.code ?? null;
    const call = { userId, tenantId, tool, status, errorCode, durationMs } as const;
    const event = newEvent(toolExecuted, { responseId: null, itemId: null, depth: null, ...call });
    try {
      await writeEvents(this.database.manager, mcpSchema.schema, [event]);
      this.outbox.hint();
    } catch (cause) {
      this.logger.error({ err: cause, call }, 'the event of a tool call could not be stored');
    }
  }
}
