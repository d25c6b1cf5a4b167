import { readFileSync } from 'node:fs';
import { ConfigError, type FileProblem, parseSettingsFile } from '@antiphon/service-kit';
import { z } from 'zod';
import { presetNames } from '../presets/presets.ts';
import type { ProviderStreams } from '../providers/http-provider.ts';
import { fillReferences } from './environment-references.ts';
import { ProvidersFile } from './file-schema.ts';
import type { ModelRoute, ProvidersConfig, ProviderSettings } from './provider-settings.ts';
import { EntryError, resolveProvider } from './resolve-provider.ts';

/** What the file is read with. */
export interface FileContext {
  env: NodeJS.ProcessEnv;
  /** The providers of the environment, by the variables that add them. Those that the file takes over are left out. */
  fromEnvironment: readonly { settings: ProviderSettings; variables: readonly string[] }[];
  streams: ProviderStreams;
}

/** The content of the file, with warnings about it. */
export interface ReadProviders extends ProvidersConfig {
  warnings: readonly string[];
}

/** The operator's file of providers as it was at the start, and the function that reads a later version. */
export interface ProvidersSource {
  path: string;
  text: string;
  first: ReadProviders;
  /** Throws ConfigError that names each wrong value by its path. */
  parse: (text: string) => ReadProviders;
}

/** Reads the operator's file of providers. Throws ConfigError that names each wrong value by its path. */
export function openProvidersFile(path: string, context: FileContext): ProvidersSource {
  const text = readText(path);
  const parse = (later: string) => parseProvidersFile(later, `LLM_PROVIDERS_FILE: ${path}`, context);
  return { path, text, first: parse(text), parse };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`LLM_PROVIDERS_FILE: ${error instanceof Error ? error.message : path}`);
  }
}

/**
 * The providers of a file, then those of the environment. A provider of the environment is left out where the file has one of its name, or refers to
 * a variable that adds it.
 */
export function parseProvidersFile(text: string, source: string, context: FileContext): ReadProviders {
  let variables: ReadonlySet<string> = new Set();
  const prepare = (content: unknown, report: (problem: FileProblem) => void) => {
    const filled = fillReferences(content, context.env, report);
    variables = filled.variables;
    return filled.content;
  };
  const schema = ProvidersFile.transform((file, refinement) => {
    let isRight = true;
    const report = ({ path, complaint }: FileProblem) => {
      isRight = false;
      refinement.addIssue({ code: 'custom', path: [...path], message: complaint });
    };
    const result = resolveFile(file, variables, context, report);
    return isRight ? result : z.NEVER;
  });
  return parseSettingsFile(text, source, schema, prepare);
}

function resolveFile(
  file: ProvidersFile,
  variables: ReadonlySet<string>,
  context: FileContext,
  report: (problem: FileProblem) => void,
): ReadProviders {
  const own = file.providers.flatMap((entry, index) => {
    if (file.providers.findIndex(({ name }) => name === entry.name) !== index)
      report({
        path: ['providers', index, 'name'],
        complaint: `"${entry.name}" is taken by another provider`,
      });
    if (!entry.enabled) return [];
    try {
      return [resolveProvider(entry, context)];
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      report({ path: ['providers', index, error.field], complaint: error.message });
      return [];
    }
  });
  const named = new Set(file.providers.map(({ name }) => name));
  const others = context.fromEnvironment
    .filter(
      ({ settings, variables: adding }) =>
        !named.has(settings.name) && !adding.some((name) => variables.has(name)),
    )
    .map(({ settings }) => settings);
  const providers = [...own, ...others];
  const disabled = file.providers
    .filter(({ enabled }) => !enabled)
    .map(({ name, weight }) => ({ name, weight }));
  return { providers, disabled, ...resolveModels(file, providers, report) };
}

/**
 * The routes of the operator's model names. A target at a provider that only needs a key or is switched off is left out with a warning; a prefix
 * that is not a provider is an error.
 */
function resolveModels(
  { models, providers: entries }: ProvidersFile,
  providers: readonly ProviderSettings[],
  report: (problem: FileProblem) => void,
): Pick<ReadProviders, 'models' | 'warnings'> {
  const warnings: string[] = [];
  const names = providers.map(({ name }) => name);
  const known = [...presetNames, ...entries.map(({ name }) => name)];
  const isServed = (to: string, path: readonly PropertyKey[]): boolean => {
    const prefix = to.includes('/') ? to.slice(0, to.indexOf('/')) : null;
    if (prefix === null || names.includes(prefix)) return true;
    if (known.includes(prefix))
      warnings.push(`${path.join('.')}: ${to} is left out, because no provider ${prefix} is configured`);
    else report({ path, complaint: `must begin with one of ${names.join(', ')}, got "${to}"` });
    return false;
  };
  const routes = new Map<string, ModelRoute>();
  for (const [name, { route, fallback, select, fallback_on: fallbackOn }] of Object.entries(models)) {
    const path = ['models', name];
    const served: ModelRoute = {
      route: route.filter(({ to }, place) => isServed(to, [...path, 'route', place, 'to'])),
      fallback: fallback.filter((to, place) => isServed(to, [...path, 'fallback', place])),
      select,
      fallbackOn,
    };
    if (served.route.length + served.fallback.length > 0) routes.set(name, served);
  }
  return { models: routes, warnings };
}
