import type { Route } from '@antiphon/contracts';
import type { FastifyRequest } from 'fastify';

/** The data that `Serves` stores in the configuration of a route. */
export interface ServedConfig {
  contract?: Route;
}

/** The contract of the route that a request matched. */
export function contractOf({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): Route | undefined {
  return (routeOptions.config as ServedConfig).contract;
}
