import { parseDuration } from '@antiphon/service-kit';
import { z } from 'zod';
import { presetNames } from '../presets/presets.ts';
import { ProviderQuirks } from '../protocols/quirks/provider-quirks.ts';
import { hostedToolsSettings, protocolNames } from '../protocols/protocol.ts';
import { fallbackReasons, selections } from '../routing/plan/candidate.ts';

const Duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null && milliseconds > 0) return milliseconds;
  context.addIssue(`must be a duration such as 45s, 500ms or 1m, got "${text}"`);
  return z.NEVER;
});

/** `none` is the word of `GET /v1/runs` for runs that no provider answered. */
const Name = z
  .string()
  .regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits, dots, dashes or underscores')
  .refine((name) => name !== 'none', 'must not be "none": filters use this word for no provider');

const Secret = z.string().min(1).max(8192);
const ModelName = z.string().min(1).max(200);
const Weight = z.number().positive().max(1_000_000);

/** Headers that a request has anyway. */
const ownHeaders = ['authorization', 'content-type', 'content-length', 'host', 'connection', 'accept'];
const Header = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header')
  .refine((name) => !ownHeaders.includes(name.toLowerCase()), 'is a header that is set by itself');

const Tokens = z.int().min(1).max(1_000_000_000);
const Dollars = z.number().min(0).max(1_000_000);

/** What the operator states about a model; it replaces what the data packages say. */
const Facts = z.strictObject({
  context_window: Tokens.optional(),
  max_output_tokens: Tokens.optional(),
  tools: z.boolean().optional(),
  vision: z.boolean().optional(),
  json_schema: z.boolean().optional(),
  reasoning: z.boolean().optional(),
  images: z.boolean().optional(),
});

/** US dollars for a million tokens. */
const Prices = z.strictObject({
  input: Dollars,
  output: Dollars,
  cached_input: Dollars.optional(),
  cache_write: Dollars.optional(),
});

/** Statements about single models, by the provider's names. */
const byModel = <Statement extends z.ZodType>(statement: Statement) =>
  z
    .record(ModelName, statement)
    .refine((entries) => Object.keys(entries).length <= 1_000, 'must have at most 1000 entries')
    .default({});

/** An entry of `providers`. */
export const ProviderEntry = z.strictObject({
  name: Name,
  preset: z.enum(presetNames, { error: `must be one of ${presetNames.join(', ')}` }),
  protocol: z.enum(protocolNames, { error: `must be one of ${protocolNames.join(', ')}` }).optional(),
  api_key: Secret.optional(),
  base_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  /** Of Bedrock and Vertex. */
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'must be the name of a region')
    .optional(),
  /** Of Vertex. */
  project: z
    .string()
    .regex(/^[a-z0-9:.-]{1,100}$/, 'must be the id of a project')
    .optional(),
  /** Of AWS's shared files, in place of keys (Bedrock). */
  profile: z
    .string()
    .regex(/^[^\s[\]]{1,100}$/, 'must be the name of a profile')
    .optional(),
  /** The JSON of a service account's key, or the path of its file (Vertex). */
  service_account: Secret.optional(),
  access_key_id: Secret.optional(),
  secret_access_key: Secret.optional(),
  session_token: Secret.optional(),
  models: z.array(ModelName).min(1).max(1_000).optional(),
  facts: byModel(Facts),
  prices: byModel(Prices),
  weight: Weight.default(1),
  concurrency: z.int().min(1).max(65_536).optional(),
  /** Requests that wait for others to end, where no target has room. */
  queue: z
    .strictObject({ length: z.int().min(0).max(65_536).optional(), wait: Duration.optional() })
    .default({}),
  timeouts: z
    .strictObject({
      connect: Duration.optional(),
      first_byte: Duration.optional(),
      silence: Duration.optional(),
    })
    .default({}),
  quirks: ProviderQuirks.partial().strict().default({}),
  headers: z.record(Header, z.string().max(8192)).default({}),
  account: z.string().min(1).max(200).optional(),
  stream: z.enum(['always', 'when_read'], { error: 'must be always or when_read' }).optional(),
  hosted_tools: z.enum(hostedToolsSettings, { error: 'must be native or ours' }).default('ours'),
  enabled: z.boolean().default(true),
});
export type ProviderEntry = z.output<typeof ProviderEntry>;

const Target = z.union(
  [
    ModelName.transform((to) => ({ to, weight: 1 })),
    z.strictObject({ to: ModelName, weight: Weight.default(1) }),
  ],
  { error: 'must be the name of a model, or {to, weight}' },
);

const Route = z.strictObject({
  route: z.array(Target).min(1).max(100),
  fallback: z.array(ModelName).max(100).default([]),
  select: z.enum(selections, { error: `must be one of ${selections.join(', ')}` }).default('weighted'),
  fallback_on: z
    .array(z.enum(fallbackReasons, { error: `must be one of ${fallbackReasons.join(', ')}` }))
    .max(10)
    .default([]),
});

/** An entry of `models`: a route, or another model's name. */
const ModelEntry = z.union([ModelName.transform((to) => Route.parse({ route: [to] })), Route], {
  error: 'must be the name of a model, or a route',
});

export const ProvidersFile = z.strictObject({
  providers: z.array(ProviderEntry).max(1_000).default([]),
  models: z.record(ModelName, ModelEntry).default({}),
});
export type ProvidersFile = z.output<typeof ProvidersFile>;
