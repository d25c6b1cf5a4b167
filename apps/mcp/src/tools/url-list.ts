import { AppError } from '@antiphon/contracts';

/** Throws `forbidden` where the operator lists the URLs that tools may ask, and this one is not below any of them. */
export function assertListed(url: URL, allowedUrls: readonly string[]): void {
  if (allowedUrls.length === 0 || isWithinUrls(url, allowedUrls)) return;
  throw new AppError('forbidden', 'this URL is not among those that tools may ask');
}

/**
 * Whether a URL is one of these or lies below one: same origin, and its path begins with theirs where a segment ends. A path that some
 * server would read as leading up again lies below none.
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

/** Some servers decode twice. */
const decodingsMax = 3;

/** A URL's own `..` are gone by now. Servers find more: behind encoded slashes, and in segments with parameters. */
function leadsUp(pathname: string): boolean {
  let path = pathname;
  for (let i = 0; i < decodingsMax; i++)
    path = path.replace(/%(25|2e|2f|3b|5c)/gi, (code) => decodeURIComponent(code));
  return path.split(/[/\\]/).some((segment) => segment.split(';')[0] === '..');
}
