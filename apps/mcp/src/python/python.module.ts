import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../config.ts';
import { createPython, PYTHON } from './create-python.ts';

@Module({
  providers: [
    {
      provide: PYTHON,
      inject: [MCP_CONFIG, LOGGER],
      useFactory: ({ python, egress }: Config, logger: Logger) => createPython(python, egress, logger),
    },
  ],
  exports: [PYTHON],
})
export class PythonModule {}
