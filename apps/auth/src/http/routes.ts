import { type Api, defineRoute } from '@antiphon/contracts';
import { PlainErrorReply } from '@antiphon/service-kit';
import type { z } from 'zod';
import { consoleRoutes, ConsoleToken } from '../console/routes.ts';
import { ApiKey, ApiKeyList, Done, KeySet, Login, NewApiKey, User, Validation } from './replies.ts';
import { ApiKeyBody, RefreshBody, RevokeBody, UpgradeBody, ValidateBody } from './wire.ts';

export const authRoutes = {
  guestLogin: defineRoute({
    method: 'post',
    path: '/auth/guest-login',
    isOpen: true,
    name: 'guestLogin',
    summary: 'Create a guest account and log it in',
    reply: reply('The tokens of the account', Login, 201),
  }),
  refresh: defineRoute({
    method: 'post',
    path: '/auth/refresh-token',
    isOpen: true,
    name: 'refreshToken',
    summary: 'Exchange a refresh token for new tokens',
    body: RefreshBody,
    reply: reply('The new tokens', Login),
  }),
  validate: defineRoute({
    method: 'post',
    path: '/auth/validate',
    isOpen: true,
    name: 'validateToken',
    summary: 'Check a token or an API key: that of the body, else that of the request',
    body: ValidateBody,
    mayLackBody: true,
    reply: reply('Whether it is valid, and its claims', Validation),
  }),
  me: defineRoute({
    method: 'get',
    path: '/auth/me',
    name: 'retrieveUser',
    summary: 'Your account',
    reply: reply('The account', User),
  }),
  upgrade: defineRoute({
    method: 'post',
    path: '/auth/upgrade',
    name: 'upgradeGuest',
    summary: 'Turn a guest account into a user account',
    body: UpgradeBody,
    reply: reply('It is a user account now', Done),
  }),
  logout: defineRoute({
    method: 'get',
    path: '/auth/logout',
    name: 'logout',
    summary: 'End the session of the token',
    reply: reply('The session has ended', Done),
  }),
  logoutByPost: defineRoute({
    method: 'post',
    path: '/auth/logout',
    name: 'logoutByPost',
    summary: 'End the session of the token',
    reply: reply('The session has ended', Done),
  }),
  revoke: defineRoute({
    method: 'post',
    path: '/auth/revoke',
    name: 'revokeToken',
    summary: 'Revoke a token of yours',
    body: RevokeBody,
    reply: reply('The token is not valid any more', Done),
  }),
  addApiKey: defineRoute({
    method: 'post',
    path: '/auth/api-keys',
    name: 'createApiKey',
    summary: 'Create an API key; only this reply has the key itself',
    body: ApiKeyBody,
    mayLackBody: true,
    reply: reply('The API key', NewApiKey, 201),
  }),
  listApiKeys: defineRoute({
    method: 'get',
    path: '/auth/api-keys',
    name: 'listApiKeys',
    summary: 'Your API keys',
    reply: reply('The API keys', ApiKeyList),
  }),
  deleteApiKey: defineRoute({
    method: 'delete',
    path: '/auth/api-keys/{id}',
    name: 'deleteApiKey',
    summary: 'Delete an API key',
    reply: { status: 204, description: 'Deleted' },
  }),
  jwks: defineRoute({
    method: 'get',
    path: '/.well-known/jwks.json',
    isOpen: true,
    name: 'retrieveSigningKeys',
    summary: 'The public keys that verify access tokens',
    reply: reply('A JSON Web Key Set', KeySet),
  }),
};

export const authApi: Api = {
  name: 'auth',
  title: 'Antiphon: accounts, tokens and API keys',
  schemas: {
    requests: {},
    replies: {
      Login,
      User,
      Validation,
      Done,
      ApiKey,
      NewApiKey,
      ApiKeyList,
      KeySet,
      ConsoleToken,
      PlainErrorReply,
    },
  },
  failure: PlainErrorReply,
  routes: [...Object.values(authRoutes), ...Object.values(consoleRoutes)],
};

function reply<Json extends z.ZodType>(description: string, json: Json, status = 200) {
  return { status, description, json };
}
