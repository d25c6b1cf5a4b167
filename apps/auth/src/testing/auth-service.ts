import { authRevoked } from '@antiphon/contracts';
import { startService } from '@antiphon/service-kit';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { afterAll } from 'vitest';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { authServiceWith } from '../service.ts';
import { openTestDatabase, silent } from './test-database.ts';
import { AccountAdmin } from '../users/account-admin.ts';

export interface Login {
  user_id: string;
  username: string;
  principal_id: string;
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Call {
  token?: string;
  headers?: Record<string, string>;
  /** A text is sent unchanged, other values as JSON. */
  body?: unknown;
}

export interface ErrorBody {
  error: { message: string; type: string; code: string; param: string | null };
}

/** The auth service over a database of its own; both end with the calling spec. `variables` are added to its environment. */
export async function authService(variables: NodeJS.ProcessEnv = {}) {
  const database = await openTestDatabase({}, variables);
  afterAll(() => database.close());
  const bus = new MemoryBus();
  const service = await startService(authServiceWith(database.config), bus, silent);
  afterAll(() => service.stop());

  const admin = () =>
    new AccountAdmin(database.dataSource, new ApiKeyStore(database.dataSource, database.config));

  /** The next revocation that the service publishes. */
  function nextRevocation(): Promise<{ ids: string[] }> {
    return new Promise((resolve) => {
      const stop = bus.subscribe(authRevoked, (revoked) => {
        stop();
        resolve(revoked);
      });
    });
  }

  /** Calls the service. The type of the body is the test's claim. */
  async function call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    { token, headers, body }: Call = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(service.url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text && JSON.parse(text)) as Body };
  }

  const login = async () => (await call<Login>('POST', '/auth/guest-login')).body;
  const me = (token: string) => call('GET', '/auth/me', { token });
  const refresh = (token: unknown) =>
    call<Login>('POST', '/auth/refresh-token', { body: { refresh_token: token } });
  return { database, bus, admin, nextRevocation, call, login, me, refresh };
}
