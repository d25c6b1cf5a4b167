import { llmModels, llmStream } from '@antiphon/contracts';
import { RpcBus } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModelRouter } from './routing/model-router.ts';

/** Answers the other services' questions to models. */
@Injectable()
export class LlmHandler implements OnModuleInit {
  constructor(
    @Inject(RpcBus) private readonly bus: RpcBus,
    @Inject(ModelRouter) private readonly router: ModelRouter,
  ) {}

  onModuleInit(): void {
    this.bus.handleStream(llmStream, (request, signal) => this.router.ask(request, signal));
    this.bus.handle(llmModels, async () => ({ models: await this.router.models() }));
  }
}
