import { type Api, defineRoute } from '@antiphon/contracts';
import { PlainErrorReply } from '@antiphon/service-kit';
import { Me } from './me-reply.ts';

export const meRoutes = {
  retrieve: defineRoute({
    method: 'get',
    path: '/v1/me',
    name: 'retrieveMe',
    summary: 'Who you are: your account, API key, scopes, permissions and limits',
    reply: { status: 200, description: 'The caller of this request', json: Me },
  }),
};

export const meApi: Api = {
  name: 'me',
  title: 'Antiphon: the caller',
  schemas: { requests: {}, replies: { Me, MeErrorReply: PlainErrorReply } },
  failure: PlainErrorReply,
  routes: Object.values(meRoutes),
};
