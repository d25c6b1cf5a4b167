import { AppError, newId } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { violatedConstraint } from './violated-constraint.ts';
import { UserEntity } from './user.entity.ts';
import type { User } from './user.ts';

/** The fields of an account that its tokens and logins show. */
export type TokenHolder = Pick<User, 'id' | 'username' | 'kind' | 'emailVerifiedAt' | 'scopes' | 'tenantId'>;

/** The data with which a guest becomes a user. */
export interface Upgrade {
  email: string;
  username: string | null;
  fullName: string | null;
}

/** Stores accounts. */
@Injectable()
export class UserStore {
  constructor(private readonly database: DataSource) {}

  async addGuest(db: EntityManager = this.database.manager): Promise<TokenHolder> {
    const id = newId('user');
    const guest = { id, username: `guest-${id.slice(-12)}`, kind: 'guest' } as const;
    await db.insert(UserEntity, guest);
    return { ...guest, emailVerifiedAt: null, scopes: [], tenantId: null };
  }

  /** Throws `unauthenticated` for an account that was removed. */
  async get(userId: string): Promise<User> {
    const user = await this.database.manager.findOneBy(UserEntity, { id: userId });
    if (!user) throw new AppError('unauthenticated', 'This account no longer exists.');
    return user;
  }

  /**
   * Gives a guest's account an address. The account keeps a guest's rights until the address is proven. Several accounts may claim one address,
   * so that the answer does not show whether another account has it. An upgrade may be repeated, and an unproven address replaced. Throws
   * `conflict` for another address than the proven one and for a username that is taken.
   */
  async upgrade(userId: string, upgrade: Upgrade): Promise<void> {
    const hasChanged = await this.upgradeGuest(userId, upgrade);
    if (hasChanged) return;
    const user = await this.get(userId);
    if (user.email?.toLowerCase() === upgrade.email.toLowerCase()) return;
    if (!(await this.replaceUnprovenEmail(userId, upgrade.email))) {
      throw new AppError('conflict', 'This account has another email, which is proven.', { param: 'email' });
    }
  }

  /** Replaces an unproven address. Returns false for a proven one. */
  private async replaceUnprovenEmail(userId: string, email: string): Promise<boolean> {
    const unproven = { id: userId, kind: 'user', emailVerifiedAt: IsNull() } as const;
    const { affected } = await this.database.manager.update(UserEntity, unproven, { email });
    return affected === 1;
  }

  private async upgradeGuest(userId: string, { email, username, fullName }: Upgrade): Promise<boolean> {
    try {
      const result = await this.database.manager.update(
        UserEntity,
        { id: userId, kind: 'guest' },
        {
          kind: 'user',
          email,
          ...(username !== null && { username }),
          ...(fullName !== null && { fullName }),
        },
      );
      return result.affected === 1;
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'users_username_key')
        throw new AppError('conflict', 'username is already in use.', { param: 'username', cause: error });
      throw error;
    }
  }
}
