import { AppError } from '@antiphon/contracts';
import type { FoundPage } from './search-engine.ts';

/** Which pages may be used. */
export interface PageDomains {
  /** Pages of these domains and their subdomains; empty: of all domains. */
  allowed: readonly string[];
  /** No pages of these domains and their subdomains. */
  blocked: readonly string[];
}

/** Engines return duplicates, URLs of other protocols, and pages of other domains despite `site:`. */
export function usablePages(pages: readonly FoundPage[], domains: PageDomains): FoundPage[] {
  const seen = new Set<string>();
  return pages.filter(({ url }) => {
    if (seen.has(url)) return false;
    seen.add(url);
    return isUsable(url, domains);
  });
}

/** Whether a URL is of a web page on an allowed domain. */
export function isUsable(url: string, { allowed, blocked }: PageDomains): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const isOf = (domain: string) => hostname === domain || hostname.endsWith(`.${domain}`);
  return (allowed.length === 0 || allowed.some(isOf)) && !blocked.some(isOf);
}

/** Callers and models often write whole addresses instead of domains. `field` names the list for the error. */
export function parseDomain(text: string, field: string): string {
  const address = text.includes('://') ? text : `https://${text.replace(/^\*\./, '')}`;
  if (!URL.canParse(address)) throw new AppError('invalid_request', `${field}: "${text}" is not a domain`);
  return new URL(address).hostname.replace(/^www\./, '');
}
