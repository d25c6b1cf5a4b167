import { type Caller, newEvent, toolExecuted, type ToolResult } from '@antiphon/contracts';
import { LOGGER, type Logger, OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mcpSchema } from '../database.ts';

/** Tells of the calls of MCP clients. Those of runs are told with the checkpoint of their run, by whoever holds its lease. */
@Injectable()
export class ToolEvents {
  constructor(
    private readonly database: DataSource,
    private readonly outbox: OutboxHint,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A call came back. What the client gets does not depend on the database: figures that cannot be kept are in the log. */
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
      this.logger.error({ err: cause, call }, 'a tool call could not be told of');
    }
  }
}
