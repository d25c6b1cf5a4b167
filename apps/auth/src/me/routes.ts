import { type Api, defineRoute } from '@antiphon/contracts';
import { PlainErrorReply } from '@antiphon/service-kit';
import { z } from 'zod';
import { Me, MemberList } from './me-reply.ts';

const pageMax = 100;
const page = `must be a whole number from 1 to ${pageMax}`;

export const meRoutes = {
  retrieve: defineRoute({
    method: 'get',
    path: '/v1/me',
    name: 'retrieveMe',
    summary: 'Who you are: your account, API key, scopes, permissions and limits',
    reply: { status: 200, description: 'The caller of this request', json: Me },
  }),
  members: defineRoute({
    method: 'get',
    path: '/v1/members',
    name: 'listMembers',
    summary: 'The accounts of your tenant, by their ids. Addresses and scopes need the scope `admin`',
    query: z.object({
      after: z.string().max(128).default(''),
      limit: z.coerce.number({ error: page }).int(page).min(1, page).max(pageMax, page).default(pageMax),
    }),
    reply: { status: 200, description: 'A page of them', json: MemberList },
  }),
};

export const meApi: Api = {
  name: 'me',
  title: 'Antiphon: the caller',
  schemas: { requests: {}, replies: { Me, MemberList, MeErrorReply: PlainErrorReply } },
  failure: PlainErrorReply,
  routes: Object.values(meRoutes),
};
