import { userRemoved } from '@antiphon/contracts';
import { eventListenerProvider } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { ToolDataRemoval } from './tool-data-removal.ts';

@Module({
  providers: [ToolDataRemoval, eventListenerProvider(userRemoved, 'mcp-users-removed', ToolDataRemoval)],
})
export class AccountRemovalModule {}
