import { expect, it } from 'vitest';
import { protocolNames } from './protocol.ts';
import { loadProtocol } from './registry.ts';

it.each(protocolNames)('%s is loaded by its name', async (name) => {
  expect((await loadProtocol(name)).name).toBe(name);
});
