import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type LimitSection, parseLimitsFile, readLimits } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const example = readFileSync(join(root, '.env.example'), 'utf8');
const listed = [...example.matchAll(/^#([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({
  name,
  value,
}));
const listedMax = 98;

/** The variables in the schemas of the services. */
const read = globSync(['apps/*/src/config.ts', 'libs/*/src/**/*config.ts'], { cwd: root }).flatMap((file) => {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/^ {2,4}([A-Z][A-Z0-9_]+): /gm)].map(([, name = '']) => name);
});

const variablesOf = (composeFile: string) =>
  [...readFileSync(join(root, composeFile), 'utf8').matchAll(/\$\{([A-Z0-9_]+)/g)].map(
    ([, name = '']) => name,
  );
const composed = [...variablesOf('docker-compose.yml'), ...variablesOf('docker-compose.compact.yml')];

describe('.env.example', () => {
  it('lists every variable once', () => {
    const names = listed.map(({ name }) => name);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
    expect([...new Set([...read, ...composed])].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('lists only variables that a service reads', () => {
    expect(listed.filter(({ name }) => !read.includes(name) && !composed.includes(name))).toEqual([]);
  });

  it('explains every variable above it', () => {
    const lines = example.split('\n');
    const orphans = lines.filter((line, place) => /^#[A-Z]/.test(line) && !/^#/.test(lines[place - 1] ?? ''));
    expect(orphans).toEqual([]);
  });

  it('stays short; limits belong into the limits file', () => {
    expect(listed.length).toBeLessThanOrEqual(listedMax);
  });
});

it('docker-compose.compact.yml takes the variables of docker-compose.yml, except those of PostgreSQL’s superuser and NATS', () => {
  const elsewhere = /^NATS_|^POSTGRES_PASSWORD$/;
  const expected = new Set(variablesOf('docker-compose.yml').filter((name) => !elsewhere.test(name)));
  expect([...new Set(variablesOf('docker-compose.compact.yml'))].toSorted()).toEqual(
    [...expected].toSorted(),
  );
});

/** The sections of the limits file, and the services that read each. */
async function sectionsOfServices() {
  const sections = new Map<string, { limits: LimitSection; services: string[] }>();
  for (const file of globSync('apps/*/src/config.ts', { cwd: root }).toSorted()) {
    const service = file.split('/')[1] ?? '';
    // Every config.ts exports the sections that its service reads.
    const { limitSections } = (await import(join(root, file))) as {
      limitSections: Record<string, LimitSection>;
    };
    for (const [name, limits] of Object.entries(limitSections)) {
      const section = sections.get(name) ?? { limits, services: [] };
      sections.set(name, { limits, services: [...section.services, service] });
    }
  }
  return sections;
}

function written(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

const header = `# Every limit with its default, by section; the services that read a section stand behind its name. Copy the sections that you change to a file
# of your own and name it in LIMITS_FILE. Durations: 500ms, 45s, 1m30s, 24h, 7d. Sizes: 64KiB, 8MiB, 1GiB, or a number of bytes.
# This file is written from the code: npx vitest run --project parts tools/env-example.spec.ts -u
`;

describe('limits.example.yaml', async () => {
  const sections = await sectionsOfServices();

  it('lists every limit with its default, its bounds and a sentence', async () => {
    const text = [...sections].map(([name, { limits, services }]) =>
      [
        `${name}: # ${services.join(', ')}`,
        ...Object.entries(limits).flatMap(([limit, { about, allowed, fallback }]) => [
          `  # ${about}${allowed === null ? '' : ` Allowed: ${allowed}.`}`,
          `  ${limit}: ${written(fallback)}`,
        ]),
      ].join('\n'),
    );
    await expect(`${header}\n${text.join('\n\n')}\n`).toMatchFileSnapshot(join(root, 'limits.example.yaml'));
  });

  it('can be used as it is', () => {
    const file = parseLimitsFile(
      readFileSync(join(root, 'limits.example.yaml'), 'utf8'),
      'limits.example.yaml',
    );
    for (const [name, { limits }] of sections)
      expect(readLimits({ [name]: limits }, file)).toEqual(readLimits({ [name]: limits }, {}));
  });
});
