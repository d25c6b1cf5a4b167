import { readFileSync } from 'node:fs';
import { ApprovalPolicy, CallerKind, Scope } from '@antiphon/contracts';
import { ConfigError, parseDuration, parseSettingsFile } from '@antiphon/service-kit';
import { z } from 'zod';

const Duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null && milliseconds > 0) return milliseconds;
  context.addIssue(`must be a duration such as 45s, 500ms or 1m, got "${text}"`);
  return z.NEVER;
});

/** The callers that get a tool: all (`true`), those that select it by name (`named`), or none (`false`). */
export const Enabled = z.union([z.boolean(), z.literal('named')], {
  error: 'must be true, false or named',
});
export type Enabled = z.infer<typeof Enabled>;

const ToolSettings = z.strictObject({
  enabled: Enabled.optional(),
  /** Replaces the tool's own description. */
  description: z.string().trim().min(1).max(4096).optional(),
  approval: ApprovalPolicy.optional(),
  timeout: Duration.optional(),
  /** Calls of this tool at the same time in this process. */
  concurrency: z.int().min(1).max(1024).optional(),
});
export type ToolSettings = z.infer<typeof ToolSettings>;

/** The first rule whose conditions all match a caller determines its tools. */
const CallerRule = z.strictObject({
  user: z.string().min(1).optional(),
  tenant: z.string().min(1).optional(),
  kind: CallerKind.optional(),
  scope: Scope.optional(),
  /** Names of tools; `*` matches any characters. */
  tools: z.array(z.string().regex(/^[\w.*-]{1,128}$/, 'must be the name of a tool, or a part of one with *')),
});
export type CallerRule = z.infer<typeof CallerRule>;

/** The scopes that the platform itself grants. */
const platformScopes = ['api', 'account', 'admin'];

const ToolsFile = z
  .strictObject({
    tools: z.record(z.string(), ToolSettings).default({}),
    /** The operator's own scopes, which rules may name. Without this list, a rule with a misspelled scope would match no caller. */
    scopes: z.array(Scope).default([]),
    callers: z.array(CallerRule).default([]),
  })
  .superRefine(({ callers, scopes }, context) => {
    const known = [...platformScopes, ...scopes];
    for (const [place, { scope }] of callers.entries()) {
      if (scope === undefined || known.includes(scope)) continue;
      const path = ['callers', place, 'scope'];
      context.addIssue({
        code: 'custom',
        path,
        message: `unknown scope "${scope}": declare it under scopes`,
      });
    }
  })
  .transform(({ tools, callers }) => ({ tools, callers }));
export type ToolsFile = z.infer<typeof ToolsFile>;

/** Reads the operator's tools file; without one there are no settings. Throws ConfigError. */
export function readToolsFile(path: string | null): ToolsFile {
  if (path === null) return { tools: {}, callers: [] };
  return parseToolsFile(readText(path), `TOOLS_FILE: ${path}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`TOOLS_FILE: ${error instanceof Error ? error.message : path}`);
  }
}

/** Reads the operator's settings of tools, in YAML or JSON. Throws ConfigError that names every invalid entry by line and path. */
export function parseToolsFile(text: string, source: string): ToolsFile {
  return parseSettingsFile(text, source, ToolsFile);
}
