import { AccountKind, CallerKind, Scope } from '@antiphon/contracts';
import { z } from 'zod';

/** The caller of the request: who it is and what it may do. */
export const Me = z.looseObject({
  object: z.literal('me'),
  user_id: z.string(),
  tenant_id: z.string(),
  /** `key`: the request came with an API key, or with a token that one was exchanged for. */
  kind: CallerKind,
  /** Whether this is the user of calls without a token, which a local stack allows. That user has no account. */
  is_local: z.boolean(),
  /** Null for the local user. */
  account: z
    .looseObject({
      username: z.string(),
      kind: AccountKind,
      email: z.string().nullable(),
      email_verified: z.boolean(),
      created_at: z.iso.datetime(),
    })
    .nullable(),
  api_key: z
    .looseObject({
      id: z.string(),
      name: z.string(),
      last4: z.string(),
      expires_at: z.iso.datetime().nullable(),
    })
    .nullable(),
  scopes: z.array(Scope),
  permissions: z.looseObject({
    /** Sees and decides the approvals of other users and keys of the tenant. */
    decide_for_others: z.boolean(),
    /** Calls tools without a model. */
    try_tools: z.boolean(),
    /** Sees and switches providers, and changes MCP servers for everyone. */
    administer: z.boolean(),
    manage_api_keys: z.boolean(),
  }),
  /** What the caller may use, of each instance of a service. Refusals are 429, and 403 where waiting does not help. */
  limits: z.looseObject({
    requests_per_minute: z.number(),
    /** Requests at the same time that run a model or a tool while their caller waits. */
    runs: z.number(),
    /** Open WebSockets and server-sent streams. */
    streams: z.number(),
    /** Background runs that wait for a worker. */
    queued_runs: z.number(),
    stored_bytes: z.number(),
    stored_rows: z.number(),
    python_seconds_per_hour: z.number(),
    scrape_seconds_per_hour: z.number(),
  }),
});
