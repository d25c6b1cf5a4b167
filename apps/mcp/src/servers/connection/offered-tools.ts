import { createHash } from 'node:crypto';
import {
  type JsonObject,
  type LeftOutTool,
  type ListedTool,
  qualifiedToolName,
  type ServerTool,
  type ToolAnnotations,
} from '@antiphon/contracts';
import { z } from 'zod';
import { cleanSchema, UnusableSchema } from './clean-schema.ts';
import { cleanText } from './clean-text.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer, OwnToolSettings } from '../registry/server.ts';

/** A tool that is not offered. */
export interface TaggedLeftOutTool extends LeftOutTool {
  /** Whether the server's settings leave it out, and not a fault in its description. */
  isByChoice: boolean;
}

export type ToolBounds = Pick<
  ServerLimits,
  'toolsPerServerMax' | 'schemaBytesMax' | 'descriptionCharactersMax' | 'listBytesMax'
>;

const nameMax = 256;
const leftOutMax = 100;

/** The used fields of a tool as its server describes it. Invalid optional fields are ignored. */
const DescribedTool = z.object({
  name: z.string(),
  title: z.string().optional().catch(undefined),
  description: z.string().default('').catch(''),
  inputSchema: z.unknown().optional(),
  annotations: z
    .object({
      readOnlyHint: z.boolean().optional(),
      idempotentHint: z.boolean().optional(),
      destructiveHint: z.boolean().optional(),
    })
    .default({})
    .catch({}),
});

/** Collects the tools of one server, page by page. Tools beyond the limits are dropped before the next page is requested. */
export class OfferedTools {
  readonly tools = new Map<string, ListedTool>();
  readonly leftOut: TaggedLeftOutTool[] = [];
  /** The digest of each tool's title, description, schema and annotations, by the server's names. */
  readonly digests = new Map<string, string>();
  /** The size of all accepted schemas. */
  private bytes = 0;

  constructor(
    private readonly server: McpServer,
    private readonly bounds: ToolBounds,
  ) {}

  /** Records settings of tools that the server does not have: a misspelled name leaves the intended tool without its setting. */
  noteUnknown(): void {
    const known = new Set([...this.tools.values(), ...this.leftOut].map(({ name }) => name));
    for (const name of Object.keys(this.server.tools)) {
      if (!known.has(name)) this.leave(name, 'it has settings here, and the server does not offer it', true);
    }
    for (const name of this.server.allowedTools ?? []) {
      if (!known.has(name)) this.leave(name, 'it is among allowed_tools, and the server does not offer it');
    }
  }

  /** The digest of all tools together. */
  get digest(): string {
    return digestOf(Object.fromEntries(this.digests));
  }

  get isFull(): boolean {
    return this.tools.size >= this.bounds.toolsPerServerMax;
  }

  add(tool: unknown): void {
    const { data } = DescribedTool.safeParse(tool);
    if (!data) return this.leave('?', 'its description breaks the protocol');
    if (this.isSwitchedOff(data.name)) return this.leave(data.name, 'it is switched off', true);
    if (!this.isAllowed(data.name)) return this.leave(data.name, 'it is not among allowed_tools', true);
    const reason = this.refusalOf(data.name);
    if (reason !== null) return this.leave(data.name, reason);
    try {
      const offer = this.offer(data);
      this.tools.set(offer.name, { name: data.name, tool: offer });
      this.digests.set(
        data.name,
        digestOf([data.title, data.description, offer.parameters, data.annotations]),
      );
    } catch (error) {
      if (!(error instanceof UnusableSchema)) throw error;
      this.leave(data.name, error.message);
    }
  }

  private isSwitchedOff(name: string): boolean {
    return settingsOf(this.server.tools, name).isEnabled === false;
  }

  private isAllowed(name: string): boolean {
    const { allowedTools } = this.server;
    return allowedTools === null || allowedTools.includes(name);
  }

  private refusalOf(name: string): string | null {
    if (name.length === 0 || name.length > nameMax) return `its name is not 1 to ${nameMax} characters long`;
    if (cleanText(name, nameMax) !== name) return 'its name has characters that cannot be seen';
    if (this.tools.has(qualifiedToolName(this.server.label, name)))
      return 'another tool of this server has the same name';
    if (this.isFull) return `a server offers at most ${this.bounds.toolsPerServerMax} tools`;
    return null;
  }

  private leave(name: string, reason: string, isByChoice = false): void {
    if (this.leftOut.length < leftOutMax)
      this.leftOut.push({ name: cleanText(name, nameMax), reason, isByChoice });
  }

  private offer(tool: z.output<typeof DescribedTool>): ServerTool {
    const { label, tools, approval, timeouts, isTrusted } = this.server;
    const settings = settingsOf(tools, tool.name);
    return {
      executor: 'server',
      name: qualifiedToolName(label, tool.name),
      description: settings.description ?? this.descriptionOf(tool),
      parameters: this.parametersOf(tool.inputSchema),
      annotations: isTrusted ? trusted(tool.annotations) : unknownEffects,
      approval: settings.approval ?? approval,
      timeoutMs: Math.min(settings.timeoutMs ?? timeouts.callMs, timeouts.callMs),
    };
  }

  /** Some providers refuse a tool without a description. */
  private descriptionOf({ name, title = '', description }: z.output<typeof DescribedTool>): string {
    const { descriptionCharactersMax } = this.bounds;
    const texts = [description, title].map((text) => cleanText(text, descriptionCharactersMax));
    return texts.find((text) => text !== '') ?? `The tool ${name} of the MCP server ${this.server.label}.`;
  }

  private parametersOf(schema: unknown): JsonObject {
    const bytes = sizeOf(schema);
    if (bytes > this.bounds.schemaBytesMax)
      throw new UnusableSchema(
        `its schema has ${bytes} bytes, at most ${this.bounds.schemaBytesMax} are taken`,
      );
    // Checked before cleaning: to clean megabytes would block the process.
    if (this.bytes + bytes > this.bounds.listBytesMax)
      throw new UnusableSchema(
        `the schemas of this server are more than ${this.bounds.listBytesMax} bytes together`,
      );
    this.bytes += bytes;
    return cleanSchema(schema, this.bounds.descriptionCharactersMax);
  }
}

export function encodeLeftOut({ name, reason }: TaggedLeftOutTool): LeftOutTool {
  return { name, reason };
}

function settingsOf(tools: McpServer['tools'], name: string): OwnToolSettings {
  return Object.hasOwn(tools, name) ? (tools[name] ?? {}) : {};
}

/** The annotations of tools whose server is not trusted. */
const unknownEffects: ToolAnnotations = { readOnly: false, idempotent: false, destructive: true };

/** The annotations of a trusted server, with the protocol's defaults for missing hints. */
function trusted(hints: z.output<typeof DescribedTool>['annotations']): ToolAnnotations {
  const readOnly = hints.readOnlyHint ?? false;
  return {
    readOnly,
    idempotent: readOnly || (hints.idempotentHint ?? false),
    destructive: !readOnly && (hints.destructiveHint ?? true),
  };
}

/** SHA-256 of a value as JSON; the order of fields does not matter. */
function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, entry]) => [key, sorted(entry)]);
}

/** The size as JSON; infinite for a value that is nested too deeply to be written. */
function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '');
  } catch {
    return Infinity;
  }
}
