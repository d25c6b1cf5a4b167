import { defineRoute } from '@antiphon/contracts';
import { z } from 'zod';
import { sessionPath } from './session-cookie.ts';

/** An access token for the page; null where the browser has no login. */
export const ConsoleToken = z.looseObject({
  access_token: z.string().nullable(),
  /** Seconds. */
  expires_in: z.number().nullable(),
});

/** The credential that a login is opened with: an API key or an access token. Left out: a new guest account. */
const SignInBody = z.object({ credential: z.string().min(1).max(8192).optional() });

export const consoleRoutes = {
  signIn: defineRoute({
    method: 'post',
    path: sessionPath,
    isOpen: true,
    name: 'signInToConsole',
    summary:
      'Log the browser in: with an API key, an access token, or as a new guest. The cookie of the login is for the page of the console only',
    body: SignInBody,
    mayLackBody: true,
    reply: { status: 201, description: 'An access token for the page', json: ConsoleToken },
  }),
  renew: defineRoute({
    method: 'post',
    path: `${sessionPath}/token`,
    isOpen: true,
    name: 'renewConsoleToken',
    summary: "A new access token by the browser's login, whose cookie is replaced",
    reply: { status: 200, description: 'The access token, or null without a login', json: ConsoleToken },
  }),
  signOut: defineRoute({
    method: 'delete',
    path: sessionPath,
    isOpen: true,
    name: 'signOutOfConsole',
    summary: "End the browser's login with all its tokens",
    reply: { status: 204, description: 'The login has ended' },
  }),
};
