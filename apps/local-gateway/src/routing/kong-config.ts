import { issuesOf, type SchemaIssue } from '@antiphon/contracts';
import { parse } from 'yaml';
import { z } from 'zod';

/** The tag of the consumer that has auth's signing keys as its credentials. */
export const SIGNING_KEYS_TAG = 'signing-keys-from-jwks';

/**
 * Parses a declarative Kong file (format 3.0) into what this gateway supports. It refuses anything else in the file (a plugin, an option
 * of a plugin, a field of a route) by its name: a silently missing protection would be worse than a failed start.
 */
export function parseKongConfig(text: string, source: string): KongConfig {
  const document: unknown = parse(text);
  const parsed = KongFile.safeParse(document, { reportInput: true });
  if (!parsed.success) {
    const problems = issuesOf(parsed.error, { countMax: Infinity }).map((issue) =>
      describeIssue(issue, document),
    );
    throw new KongConfigError(source, problems);
  }
  const problems = [
    ...duplicateNames(parsed.data),
    ...unknownConsumers(parsed.data),
    ...sharedCounters(parsed.data),
  ];
  if (problems.length > 0) throw new KongConfigError(source, problems);
  return parsed.data;
}

export class KongConfigError extends Error {
  override readonly name = 'KongConfigError';

  constructor(source: string, problems: readonly string[]) {
    super(`${source} has settings that this gateway does not support:\n  ${problems.join('\n  ')}`);
  }
}

const Tags = z.array(z.string()).default([]);

const entity = { instance_name: z.string(), enabled: z.boolean().default(true), tags: Tags };

const JwtConfig = z.strictObject({
  // `iss` would allow one credential, and so one key, for the whole system: a key rotation would have a gap.
  key_claim_name: z.literal('kid'),
  claims_to_verify: z.tuple([z.literal('exp')]),
  uri_param_names: z.tuple([]),
  cookie_names: z.tuple([]).optional(),
  header_names: z.tuple([z.literal('authorization')]).optional(),
  anonymous: z.string().optional(),
  run_on_preflight: z.literal(true).optional(),
  secret_is_base64: z.literal(false).optional(),
});

const Limit = z.int().positive().optional();

const RateLimitingConfig = z
  .strictObject({
    second: Limit,
    minute: Limit,
    hour: Limit,
    day: Limit,
    limit_by: z.enum(['ip', 'consumer']).default('consumer'),
    policy: z.literal('local'),
    fault_tolerant: z.boolean().optional(),
    hide_client_headers: z.boolean().default(false),
    error_code: z.literal(429).optional(),
    error_message: z.string().default('API rate limit exceeded'),
  })
  .refine((config) => config.second ?? config.minute ?? config.hour ?? config.day, 'has no limit at all');

const CorsConfig = z.strictObject({
  origins: z
    .array(
      z.union([
        z.literal('*'),
        z.string().regex(/^https?:\/\/[A-Za-z0-9.:-]+$/, 'regular expressions are not supported'),
      ]),
    )
    .min(1),
  methods: z.array(z.string()).min(1),
  headers: z.array(z.string()).default([]),
  exposed_headers: z.array(z.string()).default([]),
  credentials: z.literal(false).optional(),
  max_age: z.int().nonnegative().optional(),
  preflight_continue: z.literal(false).optional(),
});

const RequestSizeLimitingConfig = z.strictObject({
  allowed_payload_size: z.int().positive(),
  size_unit: z.enum(['megabytes', 'kilobytes', 'bytes']).default('megabytes'),
  require_content_length: z.literal(false).optional(),
});

const CorrelationIdConfig = z.strictObject({
  header_name: z.string().transform((name) => name.toLowerCase()),
  generator: z.literal('uuid'),
  echo_downstream: z.boolean().default(false),
});

const RequestTransformerConfig = z.strictObject({
  remove: z.strictObject({ headers: z.array(z.string().transform((name) => name.toLowerCase())) }),
});

const PrometheusConfig = z.strictObject({
  status_code_metrics: z.boolean().default(false),
  latency_metrics: z.boolean().default(false),
  bandwidth_metrics: z.boolean().default(false),
  upstream_health_metrics: z.literal(false).optional(),
  per_consumer: z.literal(false).optional(),
});

const PluginEntry = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('correlation-id'), config: CorrelationIdConfig, ...entity }),
  z.strictObject({ name: z.literal('cors'), config: CorsConfig, ...entity }),
  z.strictObject({ name: z.literal('jwt'), config: JwtConfig, ...entity }),
  z.strictObject({ name: z.literal('request-size-limiting'), config: RequestSizeLimitingConfig, ...entity }),
  z.strictObject({ name: z.literal('rate-limiting'), config: RateLimitingConfig, ...entity }),
  z.strictObject({ name: z.literal('request-transformer'), config: RequestTransformerConfig, ...entity }),
  z.strictObject({ name: z.literal('prometheus'), config: PrometheusConfig, ...entity }),
]);

/** The plugins of this gateway, in the order in which Kong runs them (by their built-in priorities). */
export const pluginNames = [
  'correlation-id',
  'cors',
  'jwt',
  'request-size-limiting',
  'rate-limiting',
  'request-transformer',
  'prometheus',
] as const satisfies readonly PluginEntry['name'][];

const Plugins = z.array(PluginEntry).default([]);

const Path = z.string().superRefine((path, context) => {
  if (!path.startsWith('~')) {
    if (!path.startsWith('/')) context.addIssue('must start with / or ~');
    return;
  }
  // Kong's router supports neither, so the file must not use them.
  if (/\(\?<?[=!]|\\[1-9]/.test(path))
    context.addIssue('look-around and back references do not load in Kong');
  if (!isRegularExpression(path.slice(1))) context.addIssue('is not a regular expression');
});

const HeaderValues = z
  .array(z.string())
  .min(1)
  .superRefine((values, context) => {
    const expressions = values.filter((value) => value.startsWith('~*'));
    // Kong takes `~*` for an expression only if the value has a single entry, and lower-cases the expression.
    if (expressions.length > 0 && values.length > 1) context.addIssue('an expression must be the only value');
    for (const expression of expressions) {
      if (!isRegularExpression(expression.slice(2))) context.addIssue('is not a regular expression');
      if (expression !== expression.toLowerCase())
        context.addIssue('an expression must be written in lower case');
    }
  });

const Route = z.strictObject({
  name: z.string(),
  paths: z.array(Path).min(1),
  methods: z.array(z.string().regex(/^[A-Z]+$/)).default([]),
  headers: z.record(z.string(), HeaderValues).default({}),
  regex_priority: z.int().nonnegative().default(0),
  strip_path: z.boolean().default(true),
  preserve_host: z.literal(false).optional(),
  path_handling: z.literal('v0').optional(),
  protocols: z.array(z.enum(['http', 'https'])).optional(),
  // Replies are never buffered; request bodies are unless the route says otherwise.
  response_buffering: z.boolean().optional(),
  request_buffering: z.boolean().default(true),
  tags: Tags,
  plugins: Plugins,
});

const Service = z.strictObject({
  name: z.string(),
  url: z.url({ protocol: /^http$/ }).transform((url) => new URL(url)),
  connect_timeout: z.int().positive(),
  write_timeout: z.int().positive(),
  read_timeout: z.int().positive(),
  // Kong's default of 5 sends a hung request six times.
  retries: z.literal(0),
  tags: Tags,
  routes: z.array(Route).default([]),
  plugins: Plugins,
});

const Consumer = z.strictObject({ username: z.string(), tags: Tags, plugins: Plugins });

const KongFile = z.strictObject({
  _format_version: z.literal('3.0'),
  services: z.array(Service).default([]),
  consumers: z.array(Consumer).default([]),
  plugins: Plugins,
});

export type KongConfig = z.infer<typeof KongFile>;
export type Service = z.infer<typeof Service>;
export type Route = z.infer<typeof Route>;
export type Consumer = z.infer<typeof Consumer>;
export type PluginEntry = z.infer<typeof PluginEntry>;
export type PluginName = PluginEntry['name'];
export type JwtConfig = z.infer<typeof JwtConfig>;
export type RateLimitingConfig = z.infer<typeof RateLimitingConfig>;
export type CorsConfig = z.infer<typeof CorsConfig>;
export type RequestSizeLimitingConfig = z.infer<typeof RequestSizeLimitingConfig>;
export type CorrelationIdConfig = z.infer<typeof CorrelationIdConfig>;
export type RequestTransformerConfig = z.infer<typeof RequestTransformerConfig>;
export type PrometheusConfig = z.infer<typeof PrometheusConfig>;

/** Returns every plugin entry of the file, at any level. */
export function allPlugins(config: KongConfig): PluginEntry[] {
  return [
    ...config.plugins,
    ...config.consumers.flatMap((consumer) => consumer.plugins),
    ...config.services.flatMap((service) => [
      ...service.plugins,
      ...service.routes.flatMap((route) => route.plugins),
    ]),
  ];
}

function isRegularExpression(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

function duplicateNames(config: KongConfig): string[] {
  const kinds: [string, string[]][] = [
    ['service', config.services.map((service) => service.name)],
    ['route', config.services.flatMap((service) => service.routes.map((route) => route.name))],
    ['consumer', config.consumers.map((consumer) => consumer.username)],
    ['plugin', allPlugins(config).map((plugin) => plugin.instance_name)],
  ];
  return kinds.flatMap(([kind, names]) =>
    names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${kind} "${name}" is named twice`),
  );
}

function unknownConsumers(config: KongConfig): string[] {
  const usernames = new Set(config.consumers.map((consumer) => consumer.username));
  return allPlugins(config)
    .filter((plugin) => plugin.name === 'jwt')
    .filter((plugin) => plugin.config.anonymous !== undefined && !usernames.has(plugin.config.anonymous))
    .map(
      (plugin) => `plugin jwt (${plugin.instance_name}): there is no consumer "${plugin.config.anonymous}"`,
    );
}

/**
 * Kong's counters are named by route, service and period, not by plugin instance: two instances without route and service would share
 * one.
 */
function sharedCounters(config: KongConfig): string[] {
  const instances = [...config.plugins, ...config.consumers.flatMap(({ plugins }) => plugins)].filter(
    (plugin) => plugin.name === 'rate-limiting',
  );
  return (['second', 'minute', 'hour', 'day'] as const).flatMap((period) => {
    const names = instances
      .filter((plugin) => plugin.config[period] !== undefined)
      .map((plugin) => plugin.instance_name);
    return names.length < 2
      ? []
      : [`plugins rate-limiting (${names.join(', ')}): in Kong they share one counter for a ${period}`];
  });
}

/** Describes the place in the file by names, and the problem. */
function describeIssue({ path, kind, complaint }: SchemaIssue, document: unknown): string {
  if (kind === 'unknown_field')
    return `${describePlace(path.slice(0, -1), document)}: "${path.at(-1)}" is not supported`;
  const place = describePlace(path, document);
  if (kind === 'wrong_value' && path.at(-1) === 'name')
    return `${place} is unknown, known are: ${pluginNames.join(', ')}`;
  return `${place}: ${complaint}`;
}

function describePlace(path: readonly PropertyKey[], document: unknown): string {
  const words: string[] = [];
  let node = document;
  for (const key of path) {
    node = childOf(node, key);
    const name = nameOf(node);
    if (typeof key === 'number' && name !== undefined) words.push(`"${name}"`);
    else words.push(String(key));
  }
  return words.join(' ');
}

function childOf(node: unknown, key: PropertyKey): unknown {
  return typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
}

function nameOf(node: unknown): string | undefined {
  const name = childOf(node, 'name') ?? childOf(node, 'username');
  return typeof name === 'string' ? name : undefined;
}
