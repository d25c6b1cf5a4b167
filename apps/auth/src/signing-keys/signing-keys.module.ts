import { Module } from '@nestjs/common';
import { SigningKeyStore } from './signing-key.store.ts';
import { SigningKeys } from './signing-keys.ts';

@Module({ providers: [SigningKeyStore, SigningKeys], exports: [SigningKeys] })
export class SigningKeysModule {}
