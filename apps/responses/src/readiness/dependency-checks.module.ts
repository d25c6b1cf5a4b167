import { type Caller, llmModels, toolsList } from '@antiphon/contracts';
import { Readiness, BusClient } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';

const checkTimeoutMs = 1_500;
const checkCaller: Caller = {
  userId: 'service_responses',
  tenantId: 'service',
  kind: 'service',
  scopes: [],
};

/**
 * Adds llm and mcp to `/readyz`. This service answers `/readyz` for the whole system, so it reports on what a run needs; the service itself
 * is ready without them.
 */
@Module({})
export class DependencyChecksModule {
  constructor(readiness: Readiness, bus: BusClient) {
    const checkLlm = async () => void (await bus.call(llmModels, {}, checkTimeoutMs));
    const checkMcp = async () =>
      void (await bus.call(toolsList, { caller: checkCaller, select: [] }, checkTimeoutMs));
    readiness.add('llm', checkLlm, { required: false });
    readiness.add('mcp', checkMcp, { required: false });
  }
}
