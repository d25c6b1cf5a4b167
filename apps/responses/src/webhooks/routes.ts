import { type Api, decoded, defineRoute, type IdKind, type Route } from '@antiphon/contracts';
import { OpenaiErrorReply } from '@antiphon/dialects';
import type { z } from 'zod';
import {
  decodeChange,
  decodeEndpoint,
  decodePage,
  EndpointChange,
  NewEndpoint,
  Page,
  Rotation,
} from './endpoint-body.ts';
import { decodeDeliveries, DeliveriesQuery, DeliveryDetail } from './delivery-wire.ts';
import {
  Deleted,
  Delivery,
  DeliveryList,
  Endpoint,
  EndpointList,
  EndpointWithSecret,
  Secret,
} from './endpoint-replies.ts';

export const secretRoutes = {
  retrieve: defineRoute({
    method: 'get',
    path: '/v1/webhooks/secret',
    name: 'retrieveSecret',
    summary: "The secret that signs webhooks to a request's own URL",
    reply: reply('The secret', Secret),
  }),
  rotate: defineRoute({
    method: 'post',
    path: '/v1/webhooks/secret/rotate',
    name: 'rotateSecret',
    summary: 'Replace the secret; the previous one stays valid for a while',
    reply: reply('The new secret', Secret),
  }),
};

const allDeliveries = '/v1/webhooks/deliveries';

/** The deliveries of all endpoints, and of URLs of requests. */
export const deliveryRoutes = {
  list: defineRoute({
    method: 'get',
    path: allDeliveries,
    name: 'listDeliveries',
    summary: 'Your webhook deliveries, newest first',
    query: decoded(DeliveriesQuery, decodeDeliveries),
    reply: reply('A page of deliveries', DeliveryList),
  }),
  retrieve: defineRoute({
    method: 'get',
    path: `${allDeliveries}/{id}`,
    name: 'retrieveDelivery',
    summary: 'A delivery with its request and its attempts',
    reply: reply('The delivery', DeliveryDetail),
  }),
  redeliver: defineRoute({
    method: 'post',
    path: `${allDeliveries}/{id}/redeliver`,
    name: 'redeliver',
    summary: 'Send a delivery again',
    reply: reply('The delivery is due again', Delivery, 202),
  }),
};

/** The routes below one of the two addresses of endpoints. `noun` distinguishes their names. */
function endpointRoutes<const Base extends string>(base: Base, noun: string) {
  const one = `${base}/{id}` as const;
  const deliveries = `${one}/deliveries` as const;
  return {
    create: defineRoute({
      method: 'post',
      path: base,
      name: `create${noun}`,
      summary: 'Register an endpoint; its secret is in this answer only',
      body: decoded(NewEndpoint, decodeEndpoint),
      reply: reply('The endpoint with its secret', EndpointWithSecret),
    }),
    list: defineRoute({
      method: 'get',
      path: base,
      name: `list${noun}s`,
      summary: 'Your endpoints, newest first',
      query: pageOf('webhookEndpoint'),
      reply: reply('A page of endpoints', EndpointList),
    }),
    retrieve: defineRoute({
      method: 'get',
      path: one,
      name: `retrieve${noun}`,
      summary: 'An endpoint',
      reply: reply('The endpoint', Endpoint),
    }),
    change: defineRoute({
      method: 'post',
      path: one,
      name: `change${noun}`,
      summary: 'Change an endpoint',
      body: decoded(EndpointChange, decodeChange),
      reply: reply('The changed endpoint', Endpoint),
    }),
    remove: defineRoute({
      method: 'delete',
      path: one,
      name: `delete${noun}`,
      summary: 'Delete an endpoint',
      reply: reply('Deleted', Deleted),
    }),
    rotateSecret: defineRoute({
      method: 'post',
      path: `${one}/rotate_secret`,
      name: `rotate${noun}Secret`,
      summary: 'Replace the secret of an endpoint',
      body: Rotation,
      mayLackBody: true,
      reply: reply('The endpoint with its new secret', EndpointWithSecret),
    }),
    listDeliveries: defineRoute({
      method: 'get',
      path: deliveries,
      name: `list${noun}Deliveries`,
      summary: 'The deliveries of an endpoint, newest first',
      query: pageOf('delivery'),
      reply: reply('A page of deliveries', DeliveryList),
    }),
    redeliver: defineRoute({
      method: 'post',
      path: `${deliveries}/{delivery}/redeliver`,
      name: `redeliverTo${noun}`,
      summary: 'Send a delivery again',
      reply: reply('The delivery is due again', Delivery, 202),
    }),
  };
}

export const endpoints = endpointRoutes('/v1/webhook_endpoints', 'Endpoint');
/** The shorter name of the same. */
export const webhooks = endpointRoutes('/v1/webhooks', 'Webhook');

export const webhooksApi: Api = {
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
      DeliveryDetail,
      DeliveryList,
      Secret,
      ErrorReply: OpenaiErrorReply,
    },
  },
  failure: OpenaiErrorReply,
  routes: [secretRoutes, deliveryRoutes, endpoints, webhooks].flatMap((routes) =>
    Object.values<Route>(routes),
  ),
};

function pageOf(kind: IdKind) {
  return decoded(Page, (page) => decodePage(kind, page));
}

function reply<Json extends z.ZodType>(description: string, json: Json, status = 200) {
  return { status, description, json };
}
