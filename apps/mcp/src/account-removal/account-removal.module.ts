import { Module } from '@nestjs/common';
import { ToolDataRemoval } from './tool-data-removal.handler.ts';

@Module({ controllers: [ToolDataRemoval] })
export class AccountRemovalModule {}
