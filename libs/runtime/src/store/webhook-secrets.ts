import { randomBytes } from 'node:crypto';
import type { SecretBox } from '@antiphon/service-kit';
import type { DataSource } from 'typeorm';
import { WebhookSecretRow } from './webhook-secret.entity.ts';

const secretBytes = 32;

/** The secrets that webhooks are signed with: one for the whole deployment where the operator sets it, else one for each user. */
export class WebhookSecrets {
  constructor(
    private readonly dataSource: DataSource,
    private readonly box: SecretBox,
    private readonly deploymentSecret: string | null,
  ) {}

  /** The user's secret (`whsec_…`, base64), made the first time it is asked for. */
  async of(userId: string): Promise<string> {
    if (this.deploymentSecret !== null) return this.deploymentSecret;
    const stored = await this.stored(userId);
    if (stored) return this.open(stored);
    const secret = `whsec_${randomBytes(secretBytes).toString('base64')}`;
    // Of two that make one at once the first wins, and both read it.
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(WebhookSecretRow)
      .values({ userId, sealedSecret: this.box.seal(secret, context(userId)) })
      .orIgnore()
      .execute();
    return this.open(await this.dataSource.manager.findOneByOrFail(WebhookSecretRow, { userId }));
  }

  private stored(userId: string): Promise<WebhookSecretRow | null> {
    return this.dataSource.manager.findOneBy(WebhookSecretRow, { userId });
  }

  private open(row: WebhookSecretRow): string {
    return this.box.open(row.sealedSecret, context(row.userId));
  }
}

function context(userId: string): string {
  return `webhook_secrets|sealed_secret|${userId}`;
}
