/** Whether a URL is one of these or lies below one: same origin, and its path begins with theirs where a segment ends. */
export function isWithinUrls(url: URL, allowedUrls: readonly string[]): boolean {
  return allowedUrls.some((text) => {
    const allowed = new URL(text);
    const folder = allowed.pathname.endsWith('/') ? allowed.pathname : `${allowed.pathname}/`;
    return (
      url.origin === allowed.origin && (url.pathname === allowed.pathname || url.pathname.startsWith(folder))
    );
  });
}
