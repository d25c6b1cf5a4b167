import { AppError } from '@antiphon/contracts';

export interface LocalAccessConfig {
  /** The public URL of the server, where it is not a loopback name. */
  publicUrl: string | null;
  /** Origins whose pages may call, besides those of loopback and of `publicUrl`. */
  allowedOrigins: readonly string[];
}

/** The parts of a request that are checked. */
export interface CallingRequest {
  method?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Decides which calls without a token are allowed: those of programs, and of pages of this machine or of listed origins. Any other page in the
 * user's browser could otherwise act as the local user, by a request across origins or by a name of its own that it points to 127.0.0.1
 * (DNS rebinding). Browsers always show it: they send `Origin` with requests that change data, `Sec-Fetch-Site` with the rest, and the name
 * of the page as `Host`.
 */
export class LocalAccess {
  private readonly hosts: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;

  /** `ownNames` are the names of the server in its own network, which the gateway uses. */
  constructor({ publicUrl, allowedOrigins }: LocalAccessConfig, ownNames: readonly string[] = []) {
    const publicUrls = publicUrl === null ? [] : [new URL(publicUrl)];
    this.hosts = new Set([...publicUrls.map(({ hostname }) => hostname), ...ownNames]);
    this.origins = new Set([
      ...publicUrls.map(({ origin }) => origin),
      ...allowedOrigins.map((origin) => origin.toLowerCase()),
    ]);
  }

  /** The error of a refused request (`forbidden`), or null. */
  refusalOf({ method = 'GET', headers }: CallingRequest): AppError | null {
    const strangeHost = hostsOf(headers).find((host) => !this.allowsHost(host));
    if (strangeHost !== undefined)
      return forbidden(
        `This server accepts calls without a token, so it answers to the names of localhost only, not to ${shown(strangeHost)}. Set PUBLIC_URL to the address that it is reached at, or AUTH_ANONYMOUS=false.`,
      );
    const { origin } = headers;
    if (typeof origin === 'string' ? this.allowsOrigin(origin) : !isOfForeignPage(method, headers))
      return null;
    return forbidden(
      `This server accepts calls without a token, so pages of ${origin === undefined ? 'other origins' : `the origin ${shown(String(origin))}`} may not call it. List the origin in ALLOWED_ORIGINS, or set AUTH_ANONYMOUS=false.`,
    );
  }

  allowsOrigin(origin: string): boolean {
    if (this.origins.has(origin.toLowerCase())) return true;
    return URL.canParse(origin) && isLoopbackName(new URL(origin).hostname);
  }

  private allowsHost(host: string): boolean {
    const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host)?.[1]?.toLowerCase() ?? '';
    return isLoopbackName(name) || this.hosts.has(name);
  }
}

/** `localhost` and its subdomains, 127.0.0.0/8 and ::1, in the spelling of URLs and `Host`. */
export function isLoopbackName(name: string): boolean {
  return /^(?:(?:[\w-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(name);
}

/** The host names that a request was sent to: here, and at each proxy that reports it. */
function hostsOf({ host, 'x-forwarded-host': forwarded }: CallingRequest['headers']): string[] {
  return [host, forwarded]
    .flat()
    .flatMap((names) => names?.split(',') ?? [])
    .map((name) => name.trim());
}

/** A request without an Origin that a page of another site made. Following a link is not one: its answer is for the user. */
function isOfForeignPage(method: string, headers: CallingRequest['headers']): boolean {
  if (headers['sec-fetch-site'] !== 'cross-site') return false;
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return !(isLink && (method === 'GET' || method === 'HEAD'));
}

function forbidden(message: string): AppError {
  return new AppError('forbidden', message);
}

/** Quotes text of a caller in a message. */
function shown(word: string): string {
  return JSON.stringify(word.slice(0, 128));
}
