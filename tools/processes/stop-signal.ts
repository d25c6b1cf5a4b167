/** Returns the signal that asks a process to end. For PostgreSQL, SIGTERM would wait for all clients; SIGINT does not. */
export function stopSignalOf(name: string): NodeJS.Signals {
  return name === 'postgres' ? 'SIGINT' : 'SIGTERM';
}
