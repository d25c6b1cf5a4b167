import { AppError, type Caller, isId } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, LessThan } from 'typeorm';
import { queryIn, queryOn } from '../database/raw-sql.ts';
import {
  newSigningSecret,
  replaceSecret,
  type SealedSecrets,
  sealedSecretColumns,
} from './signing-secret.ts';
import {
  disableEndpoint,
  type EndpointSettings,
  hostOfUrl,
  newEndpointId,
  toEndpoint,
  type WebhookEndpoint,
} from './webhook-endpoint.ts';
import { WebhookEndpointRow } from './webhook-endpoint.entity.ts';

/** An endpoint with its secret, which is shown once, when it is made. */
export interface EndpointWithSecret {
  endpoint: WebhookEndpoint;
  secret: string;
}

/** Nest's token for the limits of webhook endpoints. */
export const ENDPOINT_LIMITS = Symbol('endpoint limits');

export interface EndpointLimits {
  /** How many endpoints one user may register. */
  perUserMax: number;
}

const hintLength = 4;

/** The registered webhook endpoints of callers. Each has a secret of its own. */
@Injectable()
export class EndpointStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly box: SecretBox,
    @Inject(ENDPOINT_LIMITS) private readonly limits: EndpointLimits,
  ) {}

  /** Throws `conflict` where the caller has `perUserMax` endpoints. */
  async add(caller: Caller, settings: EndpointSettings): Promise<EndpointWithSecret> {
    const id = newEndpointId();
    const secret = newSigningSecret();
    return this.dataSource.transaction(async (manager) => {
      // Serialises the requests of one user, so that together they stay within the bound.
      await queryIn(manager)('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `responses.webhook_endpoints ${caller.userId}`,
      ]);
      const count = await manager.countBy(WebhookEndpointRow, { userId: caller.userId });
      if (count >= this.limits.perUserMax) {
        throw new AppError(
          'conflict',
          `At most ${this.limits.perUserMax} endpoints can be registered: delete one first.`,
        );
      }
      const { isEnabled, ...columns } = settings;
      await manager.insert(WebhookEndpointRow, {
        id,
        userId: caller.userId,
        ...columns,
        sealedSecret: this.box.seal(secret, contextOf(id)),
        secretHint: hintOf(secret),
      });
      if (!isEnabled) await disableEndpoint(manager, id, 'by_caller');
      return { endpoint: await read(manager, caller, id), secret };
    });
  }

  /** Newest first, `countMax` of them, from the one after `after`. */
  async list(caller: Caller, page: { after: string | null; countMax: number }): Promise<WebhookEndpoint[]> {
    const rows = await this.dataSource.manager.find(WebhookEndpointRow, {
      where: { userId: caller.userId, ...(page.after !== null && { id: LessThan(page.after) }) },
      order: { id: 'desc' },
      take: page.countMax,
    });
    return rows.map(toEndpoint);
  }

  /** Throws `not_found`. */
  find(caller: Caller, id: string): Promise<WebhookEndpoint> {
    return read(this.dataSource.manager, caller, id);
  }

  /** Changes the named settings. Pending deliveries go to a new URL, and are given up when the endpoint is disabled. */
  async change(caller: Caller, id: string, change: Partial<EndpointSettings>): Promise<WebhookEndpoint> {
    return this.dataSource.transaction(async (manager) => {
      const endpoint = await read(manager, caller, id, { willChange: true });
      const { isEnabled, ...columns } = change;
      await manager.update(WebhookEndpointRow, { id }, { ...columns, updatedAt: () => 'clock_timestamp()' });
      if (columns.url !== undefined && columns.url !== endpoint.url)
        await redirectPending(manager, id, columns.url);
      if (isEnabled === false) await disableEndpoint(manager, id, 'by_caller');
      if (isEnabled === true) {
        const enabled = { disabledAt: null, disabledReason: null, failingSince: null };
        await manager.update(WebhookEndpointRow, { id }, enabled);
      }
      return read(manager, caller, id);
    });
  }

  /** Removes an endpoint with its deliveries. Throws `not_found`. */
  async remove(caller: Caller, id: string): Promise<void> {
    const { affected } = await this.dataSource.manager.delete(WebhookEndpointRow, {
      id,
      userId: caller.userId,
    });
    if (!affected) throw unknownEndpoint(id);
  }

  /** Replaces the secret; the old one signs as well for `overlapMs`. Throws `not_found`. */
  async rotateSecret(caller: Caller, id: string, overlapMs: number): Promise<EndpointWithSecret> {
    const secret = newSigningSecret();
    return this.dataSource.transaction(async (manager) => {
      await read(manager, caller, id, { willChange: true });
      await queryIn(manager)(
        `update responses.webhook_endpoints
            set ${replaceSecret}, secret_hint = $4, updated_at = clock_timestamp() where id = $1`,
        [id, this.box.seal(secret, contextOf(id)), overlapMs, hintOf(secret)],
      );
      return { endpoint: await read(manager, caller, id), secret };
    });
  }

  /** All secrets that sign an endpoint's deliveries now, newest first. Empty where the endpoint was removed. */
  async signingSecrets(id: string): Promise<string[]> {
    const rows = await queryOn(this.dataSource)<SealedSecrets>(
      `select ${sealedSecretColumns} from responses.webhook_endpoints where id = $1`,
      [id],
    );
    return rows.flatMap(({ current, previous }) =>
      [current, ...(previous === null ? [] : [previous])].map((sealed) =>
        this.box.open(sealed, contextOf(id)),
      ),
    );
  }
}

async function read(
  manager: EntityManager,
  caller: Caller,
  id: string,
  { willChange = false } = {},
): Promise<WebhookEndpoint> {
  const row = isId('webhookEndpoint', id)
    ? await manager.findOne(WebhookEndpointRow, {
        where: { id, userId: caller.userId },
        ...(willChange && { lock: { mode: 'for_no_key_update' } }),
      })
    : null;
  if (!row) throw unknownEndpoint(id);
  return toEndpoint(row);
}

async function redirectPending(manager: EntityManager, id: string, url: string): Promise<void> {
  await queryIn(manager)(
    `update responses.webhook_deliveries set url = $2, host = $3
      where endpoint_id = $1 and delivered_at is null and dead_at is null`,
    [id, url, hostOfUrl(url)],
  );
}

function unknownEndpoint(id: string): AppError {
  return new AppError('not_found', `There is no webhook endpoint ${id.slice(0, 64)}.`);
}

function hintOf(secret: string): string {
  return secret.slice(-hintLength);
}

function contextOf(id: string): string {
  return `webhook_endpoints|sealed_secret|${id}`;
}
