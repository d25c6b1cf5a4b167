import { type Api, decoded, defineRoute } from '@antiphon/contracts';
import { PlainErrorReply } from '@antiphon/service-kit';
import { decodeUsage, UsageParameters } from './usage-query.ts';
import { Usage } from './usage-wire.ts';

export const usageRoutes = {
  retrieve: defineRoute({
    method: 'get',
    path: '/v1/usage',
    name: 'retrieveUsage',
    summary: 'The usage of your runs: totals and a series, by model, provider, API key, dialect or user',
    query: decoded(UsageParameters, decodeUsage),
    reply: { status: 200, description: 'The usage of the range', json: Usage },
  }),
};

export const usageApi: Api = {
  name: 'usage',
  title: 'Antiphon: usage',
  schemas: { requests: {}, replies: { Usage, UsageErrorReply: PlainErrorReply } },
  failure: PlainErrorReply,
  routes: Object.values(usageRoutes),
};
