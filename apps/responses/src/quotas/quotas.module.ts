import { Module } from '@nestjs/common';
import { Quotas } from './quotas.ts';
import { StorageGuard } from './storage.guard.ts';

/** Limits of what a caller stores and queues. */
@Module({ providers: [Quotas, StorageGuard], exports: [Quotas, StorageGuard] })
export class QuotasModule {}
