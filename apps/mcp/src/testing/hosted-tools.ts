import { HostedTools } from '../hosted/hosted-tools.ts';

/** A tool host that runs no hosted tools. */
export const noHostedTools = new HostedTools([]);
