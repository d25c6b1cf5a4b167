import { Module } from '@nestjs/common';
import { MemberStore } from './member.store.ts';
import { Reaper } from './reaper.ts';
import { UserStore } from './user.store.ts';

/** The accounts, and the removal of idle guests. */
@Module({ providers: [UserStore, MemberStore, Reaper], exports: [UserStore, MemberStore] })
export class UsersModule {}
