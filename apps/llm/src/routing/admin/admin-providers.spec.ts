import { AppError, type Caller } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { providerError } from '../../providers/errors/provider-errors.ts';
import { ProviderSet } from '../../providers/provider-set.ts';
import { ModelHealth } from '../health/model-health.ts';
import { AdminProvidersController } from './admin-providers.controller.ts';
import { ProviderRooms } from '../rooms/provider-rooms.ts';
import { ProviderAdmin } from './provider-admin.ts';

const admin: Caller = { ...testCaller, scopes: ['api', 'admin'] };
const red = { provider: 'red', model: 'large', weight: 1 };

function served() {
  const providers = ['red', 'blue'].map((name) => connectTo('http://127.0.0.1:9/v1', { name }));
  const disabled = [{ name: 'grey', weight: 2 }];
  const set = new ProviderSet({ providers, disabled, weights: new Map([['red', 3]]), models: new Map() });
  const health = new ModelHealth(loadConfig({}).health);
  const logger = { info: () => undefined };
  const controller = new AdminProvidersController(
    new ProviderAdmin(set, health, new ProviderRooms(), logger),
  );
  const list = (caller = admin) =>
    controller.list({ params: {}, headers: undefined, query: undefined, body: undefined }, caller);
  const turn = (name: string, enabled: boolean, caller = admin) =>
    controller.switch({ params: { name }, headers: undefined, query: undefined, body: { enabled } }, caller);
  return { health, list, turn };
}

describe('the admin routes of providers', () => {
  it('show the health of each provider', () => {
    const { health, list } = served();
    const body = { error: { message: 'slow down' } };
    health.begin(red).end(providerError('red', { status: 429, body }));
    for (let i = 0; i < 5; i++)
      health.begin({ ...red, provider: 'blue' }).end(providerError('blue', { status: 500, body }));
    health.begin(red);
    expect(list()).toMatchObject({
      object: 'list',
      data: [
        {
          name: 'red',
          enabled: true,
          health: 'cooling',
          cooldowns: [{ model: 'large', reason: 'rate_limit' }],
          requests_under_way: 1,
          requests_waiting: 0,
          weight: 3,
        },
        { name: 'blue', enabled: true, health: 'open', cooldowns: [], requests_under_way: 0, weight: 1 },
        { name: 'grey', enabled: false, disabled_by: 'file', health: 'ok', weight: 2 },
      ],
    });
  });

  it('switch a provider off and on', () => {
    const { health, turn } = served();
    expect(turn('red', false)).toMatchObject({
      name: 'red',
      enabled: false,
      disabled_by: 'administrator',
    });
    const plan = { group: [red], fallback: [], select: 'order' as const, fallbackOn: [] };
    expect(health.withoutSwitchedOff(plan).group).toEqual([]);
    expect(turn('red', true)).toMatchObject({ name: 'red', enabled: true, disabled_by: null });
    const isOffInFile = expect.objectContaining({
      code: 'conflict',
      message: expect.stringContaining('providers file') as string,
    }) as Error;
    expect(() => turn('grey', true)).toThrow(isOffInFile);
    expect(() => turn('green', false)).toThrow(expect.objectContaining({ code: 'not_found' }) as Error);
  });

  it('are for administrators', () => {
    const { list, turn } = served();
    const forbidden = expect.objectContaining({ code: 'forbidden' }) as AppError;
    expect(() => list(testCaller)).toThrow(forbidden);
    expect(() => turn('red', false, testCaller)).toThrow(forbidden);
  });
});
