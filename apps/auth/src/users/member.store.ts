import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UserEntity } from './user.entity.ts';
import type { User } from './user.ts';

/** The accounts of a tenant. The account that gave the tenant its id belongs to it, too. */
@Injectable()
export class MemberStore {
  constructor(private readonly database: DataSource) {}

  /** Up to `limit` members by their ids, after the one with the id `after`. */
  async list(tenantId: string, { after, limit }: { after: string; limit: number }): Promise<User[]> {
    // One part for each index; an `or` would read the accounts of all tenants.
    const rows: { id: string }[] = await this.database.query(
      `(select id from auth.users where id = $1 and tenant_id is null and id > $2)
       union all
       (select id from auth.users where tenant_id = $1 and id > $2 order by id limit $3)
       order by id limit $3`,
      [tenantId, after, limit],
    );
    if (rows.length === 0) return [];
    return this.database.manager.find(UserEntity, {
      where: rows.map(({ id }) => ({ id })),
      order: { id: 'asc' },
    });
  }
}
