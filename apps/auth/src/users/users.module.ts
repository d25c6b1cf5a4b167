import { Module } from '@nestjs/common';
import { Reaper } from './reaper.ts';
import { UserStore } from './user.store.ts';

/** The accounts, and the removal of idle guests. */
@Module({ providers: [UserStore, Reaper], exports: [UserStore] })
export class UsersModule {}
