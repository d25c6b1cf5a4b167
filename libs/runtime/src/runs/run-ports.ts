import { type AppError, type Caller, type IdKind, newId } from '@antiphon/contracts';
import type { RunPorts, SchemaChecker } from '@antiphon/engine';
import { LOGGER, type Logger, type TraceContext } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { LANGUAGE_MODEL, type TracedModel } from '../remote/rpc-language-model.ts';
import { TOOL_HOST, type TracedTools } from '../remote/rpc-tool-host.ts';
import { SCHEMA_CHECKER } from '../schemas/schema-threads.ts';
import { SealedReasoning } from '../sealed/sealed-reasoning.ts';

/** The engine's ports for one run, without those that concern its row. */
export type OuterPorts = Omit<RunPorts, 'takeBack' | 'confirmHold'>;

/** Makes the engine's ports: the model and the tools of the other services, in the trace of the run. */
@Injectable()
export class RunPortsFactory {
  constructor(
    @Inject(LANGUAGE_MODEL) private readonly model: TracedModel,
    @Inject(TOOL_HOST) readonly tools: TracedTools,
    @Inject(SCHEMA_CHECKER) private readonly schemas: SchemaChecker,
    private readonly reasoning: SealedReasoning,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** `gathers`: the answers of the model may come whole. */
  portsOf(runCaller: Caller, trace: TraceContext, gathers = false): OuterPorts {
    const { model, tools, schemas, reasoning, logger } = this;
    return {
      model: {
        stream: (caller, request, signal) =>
          model.stream(caller, gathers ? { ...request, gather: true } : request, signal, trace),
      },
      tools: {
        list: (caller, select, signal) => tools.list(caller, select, signal),
        listServer: (caller, server, signal) => tools.listServer(caller, server, signal, trace),
        listHosted: (caller, listing, signal) => tools.listHosted(caller, listing, signal),
        call: (caller, request, signal) => tools.call(caller, request, signal, trace),
      },
      schemas,
      newId: (kind: IdKind) => newId(kind),
      now: () => Date.now(),
      seal: (thought) => reasoning.seal(runCaller, thought),
      onInternalError: (error: AppError) => logger.error({ err: error.cause }, 'a run failed'),
    };
  }
}
