import { Module } from '@nestjs/common';
import { ApiKeyStore } from './api-key.store.ts';

@Module({ providers: [ApiKeyStore], exports: [ApiKeyStore] })
export class ApiKeysModule {}
