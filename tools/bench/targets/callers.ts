import { HttpClient } from '../load/http-client.ts';

/** Enough guests that none of them reaches a limit of the system at any rate that one core can serve. */
const guests = 128;
/** Well within the life of an access token. */
const renewAfterMs = 8 * 60_000;

/** A caller of the system. */
export interface Guest {
  userId: string;
  headers: Record<string, string>;
}

/** The callers of the load: guests who take turns, so that every token is checked and every limit counts. */
export class Callers {
  private readonly origin: string;
  private guests: Guest[] = [];
  private next = 0;
  private renewedAt = -Infinity;

  constructor(origin: string) {
    this.origin = origin;
  }

  /** The headers of the next caller. */
  headers(): Record<string, string> {
    return this.take().headers;
  }

  take(): Guest {
    const guest = this.guests[this.next++ % this.guests.length];
    if (!guest) throw new Error('no guest has logged in');
    return guest;
  }

  /** Logs new guests in when the tokens get old. */
  async renew(): Promise<void> {
    if (performance.now() - this.renewedAt < renewAfterMs) return;
    const client = new HttpClient(this.origin, 8);
    try {
      this.guests = await Promise.all(Array.from({ length: guests }, () => logIn(client)));
      this.renewedAt = performance.now();
    } finally {
      await client.close();
    }
  }
}

/** A new guest of the system. */
export async function logIn(client: HttpClient): Promise<Guest> {
  const { user_id: userId, access_token: token } = await client.sendJson<{
    user_id: string;
    access_token: string;
  }>({
    path: '/llm/auth/guest-login',
    headers: {},
  });
  return { userId, headers: { authorization: `Bearer ${token}` } };
}
