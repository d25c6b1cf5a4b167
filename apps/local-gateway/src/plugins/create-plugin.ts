import type { LocalAccess, PublishedKeys } from '@antiphon/service-kit/light';
import { LRUCache } from 'lru-cache';
import type { Registry } from 'prom-client';
import type { GatewayConfig } from '../config.ts';
import type { Plugin } from '../exchange.ts';
import { SIGNING_KEYS_TAG } from '../routing/kong-config.ts';
import type { KongConfig } from '../routing/kong-config.ts';
import type { PluginFactory } from './plugin-chain.ts';
import { correlationId } from './correlation-id.ts';
import { cors } from './cors.ts';
import { jwt } from './jwt.ts';
import { prometheus } from './prometheus.ts';
import { rateLimiting } from './rate-limiting.ts';
import { requestSizeLimiting } from './request-size-limiting.ts';
import { requestTransformer } from './request-transformer.ts';

export interface PluginParts {
  readonly config: GatewayConfig;
  readonly kong: KongConfig;
  readonly keys: PublishedKeys;
  readonly metrics: Registry;
  /** Null if every call needs a token. */
  readonly localAccess: LocalAccess | null;
}

/** Creates the plugins of the file, with the state that they share. */
export function createPluginFactory({
  config,
  kong,
  keys,
  metrics,
  localAccess,
}: PluginParts): PluginFactory {
  const now = Date.now;
  const verified = new LRUCache<string, number>({ max: config.tokenCacheMax });
  const inert: Plugin = {};

  return (entry) => {
    switch (entry.name) {
      case 'correlation-id':
        return correlationId(entry.config);
      case 'cors':
        return cors(entry.config, localAccess);
      case 'jwt':
        return jwt(entry.config, {
          findKey: (kid) => keys.find(kid),
          consumer: tokenConsumer(kong),
          verified,
          now,
        });
      case 'request-size-limiting':
        return requestSizeLimiting(entry.config);
      case 'rate-limiting':
        if (!config.rateLimit.enabled) return inert;
        return rateLimiting(entry.config, { bucketsMax: config.rateLimit.bucketsMax, now });
      case 'request-transformer':
        return requestTransformer(entry.config);
      case 'prometheus':
        return prometheus(entry.config, metrics);
    }
  };
}

/** In a real Kong, auth's keys are credentials of this consumer. */
function tokenConsumer(kong: KongConfig): string {
  const consumer = kong.consumers.find(({ tags }) => tags.includes(SIGNING_KEYS_TAG));
  if (consumer === undefined)
    throw new Error(`no consumer has the tag "${SIGNING_KEYS_TAG}" that the jwt plugin needs`);
  return consumer.username;
}
