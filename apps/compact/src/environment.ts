/** The variables whose values differ between services. */
const ownVariables = ['PORT', 'DATABASE_URL', 'ENCRYPTION_KEY'];

/**
 * Returns the environment of one service of the process. All services share the process's variables; `AUTH_PORT`, `MCP_DATABASE_URL` and the
 * like give one service its own `PORT`, `DATABASE_URL` or `ENCRYPTION_KEY`. A `PORT` for all of them is ignored: without its own variable, a
 * service has its usual port.
 */
export function environmentOf(service: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PORT: _, ...shared } = environment;
  const own: NodeJS.ProcessEnv = {};
  for (const variable of ownVariables) {
    const value = environment[`${service.toUpperCase()}_${variable}`];
    if (value) own[variable] = value;
  }
  return { ...shared, ...own };
}
