import { Module } from '@nestjs/common';
import { DialectModule } from '../dialect.module.ts';
import { CodexController } from './codex.controller.ts';
import { ToolOutputsController } from './tool-outputs.controller.ts';

@Module({ imports: [DialectModule], controllers: [CodexController, ToolOutputsController] })
export class CodexModule {}
