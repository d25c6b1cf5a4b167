import { AppError } from '@antiphon/contracts';

const loopback = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * A page of another origin that a name was rebound for must not reach a server that trusts whoever is near. Browsers send an Origin with
 * every POST; programs send none. Loopback's own pages may ask, and those that the operator lists (`*` for all). Throws `forbidden`.
 */
export function refuseForeignOrigin(origin: string | undefined, allowed: readonly string[]): void {
  if (origin === undefined || loopback.test(origin)) return;
  if (allowed.some((entry) => entry === '*' || entry.toLowerCase() === origin.toLowerCase())) return;
  throw new AppError('forbidden', 'Pages of this origin may not ask this server.');
}
