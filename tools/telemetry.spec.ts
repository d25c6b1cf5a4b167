import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { quietNx } from './test/quiet-nx.ts';
import { repositoryRoot } from './repository.ts';

const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');
const json = (file: string) => JSON.parse(read(file)) as Record<string, unknown>;

describe('the telemetry of dependencies', () => {
  it('is switched off for Nx: no analytics, no cloud, no daemon', () => {
    const settings = { analytics: false, neverConnectToCloud: true, useDaemonProcess: false };
    expect(json('nx.json')).toMatchObject(settings);
    expect(quietNx).toMatchObject({ NX_NO_CLOUD: 'true', NX_DAEMON: 'false' });
  });

  it('is switched off for npm and for packages that report their installation', () => {
    expect(json('package.json')).toMatchObject({ scarfSettings: { enabled: false } });
    expect(read('.npmrc')).toMatch(/^audit=false$/m);
    expect(read('.npmrc')).toMatch(/^update-notifier=false$/m);
  });

  it('is switched off in the images and for Kong', () => {
    expect(read('deploy/Dockerfile')).toMatch(/^ENV SCARF_ANALYTICS=false/m);
    for (const file of ['docker-compose.yml', 'docker-compose.compact.yml']) {
      const { services } = parse(read(file), { merge: true }) as {
        services: Record<string, { environment?: Record<string, string> }>;
      };
      expect(services.kong?.environment).toMatchObject({ KONG_ANONYMOUS_REPORTS: 'off' });
    }
  });
});
