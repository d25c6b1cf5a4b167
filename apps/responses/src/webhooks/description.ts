import { type ApiDescription, type ApiReply, type ApiRoute, OpenaiErrorReply } from '@antiphon/dialects';
import { z } from 'zod';
import { EndpointChange, NewEndpoint, Page, Rotation } from './endpoint-body.ts';

const unixTime = z.int().nonnegative();

const Endpoint = z.looseObject({
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  name: z.string(),
  description: z.string().nullable(),
  url: z.string(),
  event_types: z.array(z.string()),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  disabled_at: unixTime.nullable(),
  failing_since: unixTime.nullable(),
  signing_secret_hint: z.string(),
  created_at: unixTime,
  updated_at: unixTime,
});
const EndpointWithSecret = Endpoint.extend({ signing_secret: z.string() });
const Deleted = z.looseObject({
  id: z.string(),
  object: z.literal('webhook_endpoint.deleted'),
  deleted: z.literal(true),
});
const Delivery = z.looseObject({
  id: z.string(),
  object: z.literal('webhook_endpoint.delivery'),
  event_id: z.string(),
  event_type: z.string(),
  response_id: z.string(),
  url: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int().nonnegative(),
  last_status_code: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: unixTime,
  next_attempt_at: unixTime.nullable(),
  delivered_at: unixTime.nullable(),
  failed_at: unixTime.nullable(),
});
const EndpointList = pageOf(Endpoint);
const DeliveryList = pageOf(Delivery);
const Secret = z.looseObject({ secret: z.string() });

function pageOf(entry: z.ZodType) {
  return z.looseObject({
    object: z.literal('list'),
    data: z.array(entry),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}

export function describeWebhooks(): ApiDescription {
  return {
    name: 'webhooks',
    title: 'Antiphon: webhooks',
    schemas: {
      requests: { NewEndpoint, EndpointChange, Rotation },
      replies: {
        Endpoint,
        EndpointWithSecret,
        EndpointList,
        Deleted,
        Delivery,
        DeliveryList,
        Secret,
        ErrorReply: OpenaiErrorReply,
      },
    },
    failure: OpenaiErrorReply,
    routes: [
      ...secretRoutes,
      ...endpointRoutes('/v1/webhook_endpoints', 'Endpoint'),
      ...endpointRoutes('/v1/webhooks', 'Webhook'),
    ],
  };
}

const secretRoutes: ApiRoute[] = [
  {
    method: 'get',
    path: '/v1/webhooks/secret',
    name: 'retrieveSecret',
    summary: "The secret that webhooks to a request's own URL are signed with",
    reply: reply('The secret', Secret),
  },
  {
    method: 'post',
    path: '/v1/webhooks/secret/rotate',
    name: 'rotateSecret',
    summary: 'A new secret; the one before signs too for a while',
    reply: reply('The new secret', Secret),
  },
];

/** `noun` tells the two addresses of the same routes apart. */
function endpointRoutes(base: string, noun: string): ApiRoute[] {
  const one = `${base}/{id}`;
  const deliveries = `${one}/deliveries`;
  return [
    {
      method: 'post',
      path: base,
      name: `create${noun}`,
      summary: 'Register an endpoint; its secret is in this answer only',
      body: NewEndpoint,
      reply: reply('The endpoint with its secret', EndpointWithSecret),
    },
    {
      method: 'get',
      path: base,
      name: `list${noun}s`,
      summary: 'Your endpoints, newest first',
      query: Page,
      reply: reply('A page of endpoints', EndpointList),
    },
    {
      method: 'get',
      path: one,
      name: `retrieve${noun}`,
      summary: 'An endpoint',
      reply: reply('The endpoint', Endpoint),
    },
    {
      method: 'post',
      path: one,
      name: `change${noun}`,
      summary: 'Change an endpoint',
      body: EndpointChange,
      reply: reply('The endpoint as it is now', Endpoint),
    },
    {
      method: 'delete',
      path: one,
      name: `delete${noun}`,
      summary: 'Delete an endpoint',
      reply: reply('It is gone', Deleted),
    },
    {
      method: 'post',
      path: `${one}/rotate_secret`,
      name: `rotate${noun}Secret`,
      summary: 'A new secret for an endpoint',
      body: Rotation,
      reply: reply('The endpoint with its new secret', EndpointWithSecret),
    },
    {
      method: 'get',
      path: deliveries,
      name: `list${noun}Deliveries`,
      summary: 'What was sent to an endpoint, newest first',
      query: Page,
      reply: reply('A page of deliveries', DeliveryList),
    },
    {
      method: 'post',
      path: `${deliveries}/{delivery}/redeliver`,
      name: `redeliverTo${noun}`,
      summary: 'Send a delivery again',
      reply: reply('It will be sent', Delivery, 202),
    },
  ];
}

function reply(description: string, json: z.ZodType, status = 200): ApiReply {
  return { status, description, json };
}
