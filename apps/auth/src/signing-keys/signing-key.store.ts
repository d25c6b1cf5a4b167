import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { SigningKeyEntity } from './signing-key.entity.ts';

export type StoredKey = Pick<SigningKeyEntity, 'kid' | 'publicKey' | 'privateKeySealed' | 'signsFrom'>;

/** A change of the stored keys. */
export interface KeyChange {
  add: StoredKey | null;
  remove: string[];
}

/** Stores the signing keys, which all instances share. */
@Injectable()
export class SigningKeyStore {
  constructor(private readonly database: DataSource) {}

  /** All keys, oldest first. */
  async list(db: EntityManager = this.database.manager): Promise<StoredKey[]> {
    return db.find(SigningKeyEntity, { order: { signsFrom: 'asc' } });
  }

  /** Changes the keys as `decide` returns. Instances change them one after the other, each with the keys that the previous one left. */
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
