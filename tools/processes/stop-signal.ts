/** How a process is asked to end. For PostgreSQL, SIGTERM means "when all clients have left", SIGINT means now. */
export function stopSignalOf(name: string): NodeJS.Signals {
  return name === 'postgres' ? 'SIGINT' : 'SIGTERM';
}
