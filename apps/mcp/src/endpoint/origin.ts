import { AppError } from '@antiphon/contracts';

const loopback = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * Refuses pages of foreign origins, against DNS rebinding: such a page could otherwise use a server that trusts its network. Browsers send an
 * Origin with every POST; programs send none. Pages of loopback and of origins that the operator lists (`*` for all) may use the endpoint.
 * Throws `forbidden`.
 */
export function refuseForeignOrigin(origin: string | undefined, allowed: readonly string[]): void {
  if (origin === undefined || loopback.test(origin)) return;
  if (allowed.some((entry) => entry === '*' || entry.toLowerCase() === origin.toLowerCase())) return;
  throw new AppError('forbidden', 'Pages of this origin may not call this server.');
}
