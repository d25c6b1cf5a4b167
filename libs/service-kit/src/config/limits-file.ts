import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './env.ts';
import type { LimitSection } from './limit.ts';

/** The limits file as it is written: values by section and name. */
export type LimitsFile = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;

/** The limits of each section, as the code uses them. */
export type LimitsOf<Sections extends Record<string, LimitSection>> = {
  readonly [Section in keyof Sections]: {
    readonly [Name in keyof Sections[Section]]: z.output<Sections[Section][Name]['schema']>;
  };
};

/**
 * All sections of the limits file. A service reads its own and ignores the others; a section that is not listed here is misspelled.
 */
const sectionNames = [
  'http',
  'bus',
  'signing_keys',
  'database',
  'egress',
  'events',
  'gateway',
  'accounts',
  'usage',
  'runs',
  'event_log',
  'answer_cache',
  'input',
  'prompts',
  'streams',
  'approvals',
  'websockets',
  'webhooks',
  'background',
  'sweeper',
  'providers',
  'images',
  'tools',
  'search',
  'scrape',
  'http_tools',
  'image_generation',
  'file_search',
  'files',
  'vector_stores',
  'containers',
  'python',
  'shell',
  'calculate',
  'mcp_endpoint',
  'mcp_servers',
];

/** The file (YAML or JSON) that `LIMITS_FILE` names; without one all limits have their defaults. Throws ConfigError. */
export function readLimitsFile(env: NodeJS.ProcessEnv): LimitsFile {
  const path = env['LIMITS_FILE'];
  if (path === undefined || path === '') return {};
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`LIMITS_FILE: ${error instanceof Error ? error.message : path}`);
  }
  return parseLimitsFile(text, path);
}

/** The values of a limits file. Throws ConfigError for a text that is not YAML, and for sections that are unknown or not mappings. */
export function parseLimitsFile(text: string, path: string): LimitsFile {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw unusable(
      document.errors.map(({ message }) => message),
      path,
    );
  const content: unknown = document.toJS() ?? {};
  if (!isMapping(content)) throw unusable(['must be sections with limits'], path);
  const wrong = Object.entries(content).flatMap(([section, limits]) => {
    if (!sectionNames.includes(section))
      return [`${section}: is no section; the sections are ${sectionNames.join(', ')}`];
    return limits === null || isMapping(limits) ? [] : [`${section}: must be limits by name`];
  });
  if (wrong.length > 0) throw unusable(wrong, path);
  return content as LimitsFile; // each section was checked to be a mapping or null
}

/**
 * The limits of these sections: the file's values over the defaults. Throws ConfigError that names the path of the file, each invalid value and
 * the allowed ones.
 */
export function readLimits<Sections extends Record<string, LimitSection>>(
  sections: Sections,
  file: LimitsFile,
  path = 'the limits file',
): LimitsOf<Sections> {
  const wrong: string[] = [];
  const read = Object.entries(sections).map(([section, limits]) => {
    const given = file[section] ?? {};
    for (const name of Object.keys(given).filter((key) => !Object.hasOwn(limits, key)))
      wrong.push(
        `${section}.${name}: is no limit; the limits of ${section} are ${Object.keys(limits).join(', ')}`,
      );
    const values = Object.entries(limits).map(([name, { fallback, schema }]) => {
      const result = schema.safeParse(given[name] ?? fallback);
      if (!result.success) wrong.push(`${section}.${name}: ${result.error.issues[0]?.message ?? 'is wrong'}`);
      return [name, result.data] as const;
    });
    return [section, Object.fromEntries(values)] as const;
  });
  if (wrong.length > 0) throw unusable(wrong, path);
  return Object.fromEntries(read) as LimitsOf<Sections>; // built from the same sections and their schemas
}

function unusable(wrong: readonly string[], path: string): ConfigError {
  return new ConfigError(
    `LIMITS_FILE: ${path} is not usable:\n${wrong.map((line) => `  ${line}`).join('\n')}`,
  );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
