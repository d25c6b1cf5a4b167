import { Module } from '@nestjs/common';
import { SealingModule } from '../sealed/sealing.module.ts';
import { LANGUAGE_MODEL, MODEL_DIRECTORY, RpcLanguageModel } from './rpc-language-model.ts';
import { RpcToolHost, TOOL_HOST } from './rpc-tool-host.ts';

/** The engine's ports over the bus: models of the llm service, tools of the mcp service. */
@Module({
  imports: [SealingModule],
  providers: [
    RpcLanguageModel,
    { provide: LANGUAGE_MODEL, useExisting: RpcLanguageModel },
    { provide: MODEL_DIRECTORY, useExisting: RpcLanguageModel },
    { provide: TOOL_HOST, useClass: RpcToolHost },
  ],
  exports: [LANGUAGE_MODEL, MODEL_DIRECTORY, TOOL_HOST],
})
export class RemotePortsModule {}
