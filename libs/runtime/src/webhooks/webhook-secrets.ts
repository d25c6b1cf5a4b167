import { AppError, type Caller } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Query, queryOn } from '../database/raw-sql.ts';
import {
  newSigningSecret,
  replaceSecret,
  type SealedSecrets,
  sealedSecretColumns,
} from './signing-secret.ts';

/** Nest's token for the operator's webhook secret; null where each user has one. */
export const WEBHOOK_SECRET = Symbol('webhook secret');

/**
 * The secrets that sign deliveries to the URL of a request: one for the whole deployment where the operator sets it, else one for each
 * user.
 */
@Injectable()
export class WebhookSecrets {
  private readonly query: Query;

  constructor(
    dataSource: DataSource,
    private readonly box: SecretBox,
    @Inject(WEBHOOK_SECRET) private readonly deploymentSecret: string | null,
  ) {
    this.query = queryOn(dataSource);
  }

  /** The user's secret (`whsec_…`, base64), made at its first use. */
  async of(userId: string): Promise<string> {
    const [secret] = await this.signing(userId);
    return secret;
  }

  /** All secrets that sign now, newest first: the current one, and the previous one while it is being replaced. */
  async signing(userId: string): Promise<[string, ...string[]]> {
    if (this.deploymentSecret !== null) return [this.deploymentSecret];
    return this.open(userId, (await this.stored(userId)) ?? (await this.make(userId)));
  }

  /** Replaces the user's secret; the old one signs as well for `overlapMs`. Throws `conflict` where the operator sets the secret. */
  async rotate(caller: Caller, overlapMs: number): Promise<string> {
    const { userId } = caller;
    if (this.deploymentSecret !== null)
      throw new AppError('conflict', 'The secret is the same for all users here: the operator replaces it.');
    await this.of(userId);
    const secret = newSigningSecret();
    await this.query(`update responses.webhook_secrets set ${replaceSecret} where user_id = $1`, [
      userId,
      this.box.seal(secret, context(userId)),
      overlapMs,
    ]);
    return secret;
  }

  /** Of two processes that make a secret at the same time the first wins, and both read it. */
  private async make(userId: string): Promise<SealedSecrets> {
    await this.query(
      `insert into responses.webhook_secrets (user_id, sealed_secret) values ($1, $2) on conflict do nothing`,
      [userId, this.box.seal(newSigningSecret(), context(userId))],
    );
    const made = await this.stored(userId);
    if (!made) throw new Error('a secret that was just made is gone');
    return made;
  }

  private async stored(userId: string): Promise<SealedSecrets | undefined> {
    const [secrets] = await this.query<SealedSecrets>(
      `select ${sealedSecretColumns} from responses.webhook_secrets where user_id = $1`,
      [userId],
    );
    return secrets;
  }

  private open(userId: string, { current, previous }: SealedSecrets): [string, ...string[]] {
    const older = previous === null ? [] : [this.box.open(previous, context(userId))];
    return [this.box.open(current, context(userId)), ...older];
  }
}

function context(userId: string): string {
  return `webhook_secrets|sealed_secret|${userId}`;
}
