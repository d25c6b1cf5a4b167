import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { every, type Repetition } from '@antiphon/async';
import { type Logger, LOGGER, SecretBox } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig, NOW } from '../config.ts';
import { type KeySchedule, neededKeysAt, nextKeyDue, signerAt } from './key-schedule.ts';
import { type KeyChange, SigningKeyStore, type StoredKey } from './signing-key.store.ts';

/** A key in use. */
export interface SigningKey {
  kid: string;
  signsFromMs: number;
  publicKey: KeyObject;
  privateKey: KeyObject;
}

/** The published form of a key (RFC 7517). */
export type PublishedKey = JsonWebKey & { kid: string; use: 'sig'; alg: 'RS256' };

const modulusLength = 2048;
const kidBytes = 12;
/** More than the clocks of instances and verifiers differ. */
const skewMarginMs = 60_000;

/**
 * The keys that sign access tokens. Their schedule is in the database, and every instance reloads it regularly, so all instances know the moment
 * of the switch to the next key in advance.
 */
@Injectable()
export class SigningKeys implements OnModuleInit, OnModuleDestroy {
  private readonly schedule: KeySchedule;
  private readonly reloadMs: number;
  private readonly box: SecretBox;
  private keys: SigningKey[] = [];
  private reloading: Repetition | null = null;

  constructor(
    private readonly store: SigningKeyStore,
    @Inject(AUTH_CONFIG) config: Pick<AuthConfig, 'signingKeys' | 'accessTokens' | 'secrets'>,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(NOW) private readonly now: () => number,
  ) {
    const { rotationMs, leadMs, reloadMs } = config.signingKeys;
    this.schedule = { rotationMs, leadMs, retentionMs: config.accessTokens.ttlMs + skewMarginMs };
    this.reloadMs = reloadMs;
    this.box = SecretBox.from(config.secrets.encryptionKey);
  }

  async onModuleInit(): Promise<void> {
    await this.reload();
    this.reloading = every(
      this.reloadMs,
      () => this.reload(),
      (error) =>
        this.logger.error(
          { err: error },
          'the signing keys could not be reloaded: the known ones stay in use',
        ),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.reloading?.stop();
  }

  /** The key to sign with now. */
  signer(): SigningKey {
    const key = signerAt(this.keys, this.now());
    if (!key) throw new Error('there is no signing key: the keys were not loaded');
    return key;
  }

  /** The public key with this id; null for an unknown id. */
  publicKey(kid: string): KeyObject | null {
    return this.needed().find((key) => key.kid === kid)?.publicKey ?? null;
  }

  /** The keys for verifiers. */
  published(): PublishedKey[] {
    return this.needed().map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      use: 'sig',
      alg: 'RS256',
    }));
  }

  /** Reloads the keys, makes the next one when it is due, and removes those that no token needs. */
  async reload(): Promise<void> {
    const stored = await this.store.list();
    const isUpToDate = this.isUpToDate(stored);
    this.keys = this.open(isUpToDate ? stored : await this.store.change((keys) => this.decide(keys)));
  }

  private needed(): SigningKey[] {
    return neededKeysAt(this.keys, this.now(), this.schedule);
  }

  private isUpToDate(stored: StoredKey[]): boolean {
    const { nextSignsFromMs, remove } = this.plan(stored);
    return nextSignsFromMs === null && remove.length === 0;
  }

  private async decide(stored: StoredKey[]): Promise<KeyChange> {
    const { nextSignsFromMs, remove } = this.plan(stored);
    return { add: nextSignsFromMs === null ? null : await this.create(nextSignsFromMs), remove };
  }

  private plan(stored: StoredKey[]): { nextSignsFromMs: number | null; remove: string[] } {
    const nowMs = this.now();
    const scheduled = stored.map(({ kid, signsFrom }) => ({ kid, signsFromMs: signsFrom.getTime() }));
    const needed = new Set(neededKeysAt(scheduled, nowMs, this.schedule).map((key) => key.kid));
    return {
      nextSignsFromMs: nextKeyDue(scheduled, nowMs, this.schedule),
      remove: scheduled.map((key) => key.kid).filter((kid) => !needed.has(kid)),
    };
  }

  private async create(signsFromMs: number): Promise<StoredKey> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength });
    const kid = randomBytes(kidBytes).toString('base64url');
    const signsFrom = new Date(signsFromMs);
    this.logger.info({ kid, signsFrom }, 'made a signing key');
    return {
      kid,
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      privateKeySealed: this.box.seal(
        privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        contextOf(kid),
      ),
      signsFrom,
    };
  }

  private open(stored: StoredKey[]): SigningKey[] {
    const known = new Map(this.keys.map((key) => [key.kid, key]));
    return stored.map((key) => known.get(key.kid) ?? this.openOne(key));
  }

  private openOne({ kid, publicKey, privateKeySealed, signsFrom }: StoredKey): SigningKey {
    return {
      kid,
      signsFromMs: signsFrom.getTime(),
      publicKey: createPublicKey(publicKey),
      privateKey: createPrivateKey(this.unseal(kid, privateKeySealed)),
    };
  }

  private unseal(kid: string, sealed: string): string {
    try {
      return this.box.open(sealed, contextOf(kid));
    } catch (cause) {
      throw new Error(
        `the signing key ${kid} does not open: ENCRYPTION_KEY is not the one it was sealed with`,
        { cause },
      );
    }
  }
}

function contextOf(kid: string): string {
  return `auth.signing_keys|private_key_sealed|${kid}`;
}
