import { AppError } from '@antiphon/contracts';

/** Throws `forbidden` for a URL that is not below one of the operator's list. An empty list allows all. */
export function assertListed(url: URL, allowedUrls: readonly string[]): void {
  if (allowedUrls.length === 0 || isWithinUrls(url, allowedUrls)) return;
  throw new AppError('forbidden', 'this URL is not among those that tools may request');
}

/**
 * Whether a URL is one of these or lies below one: it has the same origin, and its path begins with whole segments of theirs. A path that some
 * servers resolve to a parent lies below none.
 */
function isWithinUrls(url: URL, allowedUrls: readonly string[]): boolean {
  if (leadsUp(url.pathname)) return false;
  return allowedUrls.some((text) => {
    const allowed = new URL(text);
    const folder = allowed.pathname.endsWith('/') ? allowed.pathname : `${allowed.pathname}/`;
    return (
      url.origin === allowed.origin && (url.pathname === allowed.pathname || url.pathname.startsWith(folder))
    );
  });
}

/** Some servers decode a path more than once. */
const decodingsMax = 3;

/** `URL` has resolved plain `..` segments. Servers also resolve them behind encoded slashes, and in segments with parameters. */
function leadsUp(pathname: string): boolean {
  let path = pathname;
  for (let i = 0; i < decodingsMax; i++)
    path = path.replace(/%(25|2e|2f|3b|5c)/gi, (code) => decodeURIComponent(code));
  return path.split(/[/\\]/).some((segment) => segment.split(';')[0] === '..');
}
