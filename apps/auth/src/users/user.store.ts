import { AppError, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { violatedConstraint } from '../violated-constraint.ts';
import { UserEntity } from './user.entity.ts';
import type { User } from './user.ts';

/** What a guest gives to become a user. */
export interface Upgrade {
  email: string;
  username: string | null;
  fullName: string | null;
}

/** The accounts. */
@Injectable()
export class UserStore {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  async addGuest(db: EntityManager = this.database.manager): Promise<Pick<User, 'id' | 'username' | 'kind'>> {
    const id = newId('user');
    const guest = { id, username: `guest-${id.slice(-12)}`, kind: 'guest' } as const;
    await db.insert(UserEntity, guest);
    return guest;
  }

  async find(userId: string): Promise<User | null> {
    return this.database.manager.findOneBy(UserEntity, { id: userId });
  }

  /**
   * Makes a guest a user. Repeating it is fine, so that a lost answer costs nothing; another address for somebody who is a user already
   * is a `conflict`, and so is a name or address that somebody else has.
   */
  async upgrade(userId: string, upgrade: Upgrade): Promise<void> {
    const hasChanged = await this.upgradeGuest(userId, upgrade);
    if (hasChanged) return;
    const user = await this.find(userId);
    if (!user) throw new AppError('unauthenticated', 'This account no longer exists.');
    if (user.email?.toLowerCase() !== upgrade.email.toLowerCase()) {
      throw new AppError('conflict', 'This account was already upgraded with another email.', {
        param: 'email',
      });
    }
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
      if (constraint === 'users_email_key') throw taken('email', error);
      if (constraint === 'users_username_key') throw taken('username', error);
      throw error;
    }
  }
}

function taken(param: string, cause: unknown): AppError {
  return new AppError('conflict', `${param} is already in use.`, { param, cause });
}
