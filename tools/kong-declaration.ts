import { createPublicKey } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** The consumer with this tag gets one jwt credential for each of auth's signing keys. */
const signingKeysTag = 'signing-keys-from-jwks';

export const Jwks = z.object({
  keys: z.array(
    z.looseObject({ kty: z.string(), kid: z.string().regex(/^[\w-]{1,64}$/), alg: z.string().optional() }),
  ),
});
export type Jwks = z.infer<typeof Jwks>;

const Entity = z.looseObject({});
const Entities = z.array(Entity).default([]);
const Consumer = z.looseObject({ username: z.string(), tags: z.array(z.string()).optional() });

const Declaration = z.looseObject({
  services: z
    .array(
      z.looseObject({ routes: z.array(z.looseObject({ plugins: Entities })).default([]), plugins: Entities }),
    )
    .default([]),
  routes: Entities,
  consumers: z.array(z.looseObject({ plugins: Entities, jwt_secrets: Entities })).default([]),
  plugins: Entities,
  jwt_secrets: Entities,
});

/** Returns kong.yml with the signing keys filled in. The same keys give the same text, so Kong's hash shows whether anything is new. */
export function renderDeclaration(kongYaml: string, jwks: Jwks): string {
  const declaration = z.looseObject({ consumers: z.array(Consumer) }).parse(parse(kongYaml));
  const consumer = declaration.consumers.find(({ tags }) => tags?.includes(signingKeysTag));
  if (consumer === undefined) throw new Error(`no consumer has the tag "${signingKeysTag}"`);
  const credentials = jwks.keys
    .filter(({ kty, alg = 'RS256' }) => kty === 'RSA' && alg === 'RS256')
    .map((jwk) => ({ key: jwk.kid, algorithm: 'RS256', rsa_public_key: toPem(jwk) }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  if (credentials.length === 0)
    throw new Error('auth publishes no RS256 key: Kong would treat every caller as anonymous');
  const consumers = declaration.consumers.map((one) =>
    one === consumer ? { ...one, jwt_secrets: credentials } : one,
  );
  return stringify({ ...declaration, consumers }, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/**
 * Returns what `wanted` would add to, remove from and change in `current`, one line each. Fields that `wanted` leaves to Kong's defaults
 * do not count.
 */
export function compareDeclarations(current: string | undefined, wanted: string): string[] {
  const before = flatten(current ?? '{}');
  const after = flatten(wanted);
  const added = [...after.keys()].filter((name) => !before.has(name)).map((name) => `+ ${name}`);
  const removed = [...before.keys()].filter((name) => !after.has(name)).map((name) => `- ${name}`);
  const changed = [...after].flatMap(([name, entity]) => {
    const fields = changedFields(before.get(name), entity);
    return fields.length === 0 ? [] : [`~ ${name}: ${fields.join(', ')}`];
  });
  return [...added, ...removed, ...changed];
}

type Fields = Record<string, unknown>;

/** An entity of a declaration, as Kong's schema of its kind checks it. */
export interface DeclaredEntity {
  /** Kong's name for the kind: `services`, `routes`, `consumers`, `plugins` or `jwt_secrets`. */
  kind: string;
  /** Its name in messages: `route responses-jwt`. */
  title: string;
  fields: Fields;
}

/** Returns every entity of a declaration, without the entities below it. */
export function entitiesOf(text: string): DeclaredEntity[] {
  const kinds: Record<string, string> = {
    service: 'services',
    route: 'routes',
    consumer: 'consumers',
    plugin: 'plugins',
    'signing key': 'jwt_secrets',
  };
  return [...flatten(text)].map(([title, fields]) => {
    const kind = kinds[title.slice(0, title.lastIndexOf(' '))] ?? '';
    // Kong's schema requires a consumer for a key; any id will do.
    return { kind, title, fields: kind === 'jwt_secrets' ? { ...fields, consumer: { id: anyId } } : fields };
  });
}

const anyId = '00000000-0000-4000-8000-000000000000';

function toPem(jwk: Jwks['keys'][number]): string {
  // Only the public half of a key pair: a private part must never reach Kong.
  const { kty, n, e } = jwk;
  return createPublicKey({ key: { kty, n: String(n), e: String(e) }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
}

/** Returns every entity by kind and name, without nested entities. Kong itself returns its configuration flat. */
function flatten(text: string): Map<string, Fields> {
  const { services, routes, consumers, plugins, jwt_secrets } = Declaration.parse(parse(text) ?? {});
  const nestedRoutes = services.flatMap((service) => service.routes);
  const nestedPlugins = [...services, ...nestedRoutes, ...consumers].flatMap((owner) => owner.plugins);
  const credentials = [...jwt_secrets, ...consumers.flatMap((consumer) => consumer.jwt_secrets)];
  return new Map([
    ...named('service', 'name', services.map(withAddress)),
    ...named('route', 'name', [...routes, ...nestedRoutes]),
    ...named('consumer', 'username', consumers),
    ...named('plugin', 'instance_name', [...plugins, ...nestedPlugins]),
    ...named('signing key', 'key', credentials),
  ]);
}

function named(kind: string, field: string, entities: readonly Fields[]): [string, Fields][] {
  return entities.map((entity) => [`${kind} ${String(entity[field])}`, withoutChildren(entity)]);
}

function withoutChildren(entity: Fields): Fields {
  const { routes: _routes, plugins: _plugins, jwt_secrets: _credentials, ...own } = entity;
  return own;
}

/** Kong stores the parts of a URL. */
function withAddress({ url, ...service }: Fields): Fields {
  if (typeof url !== 'string') return service;
  const { protocol, hostname, port, pathname } = new URL(url);
  const path = pathname === '/' ? {} : { path: pathname };
  return { ...service, protocol: protocol.slice(0, -1), host: hostname, port: Number(port || 80), ...path };
}

function changedFields(before: Fields | undefined, after: Fields): string[] {
  if (before === undefined) return [];
  return Object.keys(after).filter((field) => !covers(before[field], after[field]));
}

/** Returns whether `before` has every field of `after`. */
function covers(before: unknown, after: unknown): boolean {
  if (!isFields(before) || !isFields(after)) return isDeepStrictEqual(before, after);
  return Object.keys(after).every((field) => covers(before[field], after[field]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
