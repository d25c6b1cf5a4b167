import { Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.ts';
import { ConsoleFiles } from './console-files.ts';

/** Serves the built console (`apps/console`) below `/console`. */
@Module({
  controllers: [ConsoleController],
  providers: [{ provide: ConsoleFiles, useFactory: () => new ConsoleFiles() }],
})
export class ConsoleModule {}
