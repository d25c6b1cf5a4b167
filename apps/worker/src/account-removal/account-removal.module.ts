import { userRemoved } from '@antiphon/contracts';
import { eventListenerProvider } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { ResponseDataRemoval } from './response-data-removal.ts';

@Module({
  providers: [
    ResponseDataRemoval,
    eventListenerProvider(userRemoved, 'responses-users-removed', ResponseDataRemoval),
  ],
})
export class AccountRemovalModule {}
