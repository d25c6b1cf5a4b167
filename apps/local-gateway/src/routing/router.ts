import type { IncomingHttpHeaders } from 'node:http';
import type { KongConfig, Route, Service } from './kong-config.ts';

/** A matched route, and the path for its service. */
export interface RouteMatch {
  readonly service: Service;
  readonly route: Route;
  readonly upstreamPath: string;
  /** The prefix that strip_path removed. */
  readonly strippedPrefix: string | undefined;
}

export interface RoutedRequest {
  readonly method: string;
  /** Normalised, without query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Kong's matching (flavour `traditional_compatible`). Among the matching routes, the one with more kinds of conditions (paths, methods,
 * headers) wins, then more headers, then a regular expression over a prefix, a higher regex_priority, the longer prefix. Equal routes
 * keep the order of the file, which Kong does not guarantee: the spec of the file refuses such pairs.
 */
export class Router {
  private readonly candidates: readonly Candidate[];

  constructor(config: KongConfig) {
    this.candidates = config.services
      .flatMap((service) =>
        service.routes.flatMap((route) => route.paths.map((path) => toCandidate(service, route, path))),
      )
      .sort(byPriority);
  }

  match(request: RoutedRequest): RouteMatch | undefined {
    for (const candidate of this.candidates) {
      if (!candidate.methodFits(request.method)) continue;
      if (!candidate.headersFit(request.headers)) continue;
      const matched = candidate.matchPath(request.path);
      if (matched === undefined) continue;
      return toMatch(candidate, request.path, matched);
    }
    return undefined;
  }
}

interface Candidate {
  readonly service: Service;
  readonly route: Route;
  readonly rank: readonly number[];
  methodFits(method: string): boolean;
  headersFit(headers: IncomingHttpHeaders): boolean;
  /** The part of the path that matched. */
  matchPath(path: string): string | undefined;
}

function toCandidate(service: Service, route: Route, path: string): Candidate {
  const headerCount = Object.keys(route.headers).length;
  const conditionKinds = 1 + Number(route.methods.length > 0) + Number(headerCount > 0);
  const isExpression = path.startsWith('~');
  return {
    service,
    route,
    rank: [
      conditionKinds,
      headerCount,
      Number(isExpression),
      isExpression ? route.regex_priority : 0,
      isExpression ? 0 : path.length,
    ],
    methodFits: (method) => route.methods.length === 0 || route.methods.includes(method),
    headersFit: headerMatcher(route),
    matchPath: isExpression ? expressionMatcher(path.slice(1)) : prefixMatcher(path),
  };
}

function byPriority(left: Candidate, right: Candidate): number {
  const index = left.rank.findIndex((figure, position) => figure !== right.rank[position]);
  return index === -1 ? 0 : (right.rank[index] ?? 0) - (left.rank[index] ?? 0);
}

function expressionMatcher(source: string): Candidate['matchPath'] {
  const expression = new RegExp(`^${source}`);
  return (path) => expression.exec(path)?.[0];
}

function prefixMatcher(prefix: string): Candidate['matchPath'] {
  return (path) => (path.startsWith(prefix) ? prefix : undefined);
}

/** Every listed header must have one of its values; the comparison ignores case, as Kong's does. */
function headerMatcher(route: Route): Candidate['headersFit'] {
  const conditions = Object.entries(route.headers).map(([name, values]) => ({
    name: name.toLowerCase(),
    fits: valueMatcher(values),
  }));
  return (headers) =>
    conditions.every(({ name, fits }) => {
      const value = headers[name];
      if (value === undefined) return false;
      return typeof value === 'string'
        ? fits(value.toLowerCase())
        : value.some((one) => fits(one.toLowerCase()));
    });
}

function valueMatcher(values: readonly string[]): (value: string) => boolean {
  const [first = ''] = values;
  if (first.startsWith('~*')) {
    const expression = new RegExp(first.slice(2));
    return (value) => expression.test(value);
  }
  const lowered = values.map((value) => value.toLowerCase());
  return (value) => lowered.includes(value);
}

function toMatch({ service, route }: Candidate, path: string, matched: string): RouteMatch {
  const upstreamPath = route.strip_path
    ? joinStripped(service.url.pathname, path, path.slice(matched.length))
    : joinWhole(service.url.pathname, path);
  return { service, route, upstreamPath, strippedPrefix: route.strip_path ? matched : undefined };
}

/** Kong's path handling v0 with strip_path: the service's path, then the rest after the match. */
function joinStripped(base: string, path: string, rest: string): string {
  const trimmed = base.endsWith('/') ? base.slice(0, -1) : base;
  if (rest.startsWith('/')) return trimmed + rest;
  if (rest !== '') return `${trimmed}/${rest}`;
  return path.endsWith('/') ? `${trimmed}/` : trimmed || '/';
}

function joinWhole(base: string, path: string): string {
  if (path === '/') return base;
  return base.endsWith('/') ? base + path.slice(1) : base + path;
}
