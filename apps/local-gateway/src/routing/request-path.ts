/**
 * Returns the path of a request target as Kong's router sees it and passes it on: without query, dot segments and repeated slashes, with
 * needlessly encoded characters decoded. Otherwise `/llm/auth/guest%2Dlogin` would miss the route of the guest login and its limit, and
 * still reach the guest login.
 */
export function normalizePath(target: string): string {
  const path = withoutQuery(withoutOrigin(target));
  // Nearly every path is clean already and skips the rest.
  if (!/%|\/\/|\/\./.test(path)) return path;
  const decoded = path.replace(/%([0-9a-fA-F]{2})/g, decodeUnreserved).replace(/\/{2,}/g, '/');
  return withoutDotSegments(decoded);
}

/** Returns the query of a request target with its question mark, or an empty string. */
export function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start === -1 ? '' : target.slice(start);
}

function withoutQuery(target: string): string {
  const start = target.indexOf('?');
  return start === -1 ? target : target.slice(0, start);
}

function withoutOrigin(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
}

function decodeUnreserved(encoded: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase();
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
}
