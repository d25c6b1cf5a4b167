import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { SigningKeyEntity } from './signing-key.entity.ts';

export type StoredKey = Pick<SigningKeyEntity, 'kid' | 'publicKey' | 'privateKeySealed' | 'signsFrom'>;

/** What is to become of the stored keys. */
export interface KeyChange {
  add: StoredKey | null;
  remove: string[];
}

/** The signing keys, shared by all instances. */
@Injectable()
export class SigningKeyStore {
  constructor(private readonly database: DataSource) {}

  /** All keys, oldest first. */
  async list(db: EntityManager = this.database.manager): Promise<StoredKey[]> {
    return db.find(SigningKeyEntity, { order: { signsFrom: 'asc' } });
  }

  /** Changes the keys as `decide` says, one instance at a time: who comes second decides with what the first one left. */
  async change(decide: (keys: StoredKey[]) => Promise<KeyChange>): Promise<StoredKey[]> {
    return this.database.transaction(async (db) => {
      await db.query(`select pg_advisory_xact_lock(hashtext('antiphon.auth.signing_keys'))`);
      const { add, remove } = await decide(await this.list(db));
      if (add) await db.insert(SigningKeyEntity, add);
      if (remove.length > 0) await db.delete(SigningKeyEntity, { kid: In(remove) });
      return this.list(db);
    });
  }
}
