import {
  type JsonObject,
  type ListedTool,
  mcpToolName,
  type ServerTool,
  type ToolAnnotations,
} from '@antiphon/contracts';
import { z } from 'zod';
import { cleanSchema, UnusableSchema } from './clean-schema.ts';
import { cleanText } from './clean-text.ts';
import type { ServerLimits } from './server-limits.ts';
import type { McpServer, OwnToolSettings } from './server.ts';

/** A tool that is not offered, and why. */
export interface LeftOutTool {
  name: string;
  reason: string;
}

export type ToolBounds = Pick<
  ServerLimits,
  'toolsPerServerMax' | 'schemaBytesMax' | 'descriptionCharactersMax'
>;

const nameMax = 64;
const leftOutMax = 100;

/** What of a tool that a server tells of is read: the rest of it is nothing to us, and one bad tool does not spoil the others. */
const ToldTool = z.object({
  name: z.string(),
  description: z.string().default(''),
  inputSchema: z.unknown(),
  annotations: z
    .object({
      readOnlyHint: z.boolean().optional(),
      idempotentHint: z.boolean().optional(),
      destructiveHint: z.boolean().optional(),
    })
    .default({})
    .catch({}),
});

/** The tools of one server, taken up page by page: what does not fit the bounds is dropped before the next page is asked for. */
export class OfferedTools {
  readonly tools = new Map<string, ListedTool>();
  readonly leftOut: LeftOutTool[] = [];

  constructor(
    private readonly server: McpServer,
    private readonly bounds: ToolBounds,
  ) {}

  /** What it is said of a tool that this server turned out not to have: a slip that would leave another one without it. */
  noteUnknown(): void {
    const known = new Set([...this.tools.values(), ...this.leftOut].map(({ name }) => name));
    for (const name of Object.keys(this.server.tools)) {
      if (!known.has(name)) this.leave(name, 'it has settings here, and the server does not offer it');
    }
  }

  get isFull(): boolean {
    return this.tools.size >= this.bounds.toolsPerServerMax;
  }

  add(told: unknown): void {
    const { data } = ToldTool.safeParse(told);
    if (!data) return this.leave('?', 'it is not described as the protocol says');
    const reason = this.refusalOf(data.name);
    if (reason !== null) return this.leave(data.name, reason);
    try {
      const tool = this.offer(data);
      this.tools.set(tool.name, { name: data.name, tool });
    } catch (error) {
      if (!(error instanceof UnusableSchema)) throw error;
      this.leave(data.name, error.message);
    }
  }

  private refusalOf(name: string): string | null {
    const { allowedTools, tools } = this.server;
    if (!/^[\w.-]{1,64}$/.test(name))
      return 'its name is not 1 to 64 letters, digits, dots, dashes or underscores';
    if (allowedTools !== null && !allowedTools.includes(name)) return 'it is not among allowed_tools';
    if (settingsOf(tools, name).isEnabled === false) return 'it is switched off';
    if (this.tools.has(mcpToolName(this.server.label, name)))
      return 'another tool of this server has the same name';
    if (this.isFull) return `a server offers at most ${this.bounds.toolsPerServerMax} tools`;
    return null;
  }

  private leave(name: string, reason: string): void {
    if (this.leftOut.length < leftOutMax) this.leftOut.push({ name: cleanText(name, nameMax), reason });
  }

  private offer(tool: z.output<typeof ToldTool>): ServerTool {
    const { label, tools, approval, timeouts, isTrusted } = this.server;
    const settings = settingsOf(tools, tool.name);
    return {
      executor: 'server',
      name: mcpToolName(label, tool.name),
      description: settings.description ?? cleanText(tool.description, this.bounds.descriptionCharactersMax),
      parameters: this.parametersOf(tool.inputSchema),
      annotations: isTrusted ? believed(tool.annotations) : unknownEffects,
      approval: settings.approval ?? approval,
      timeoutMs: Math.min(settings.timeoutMs ?? timeouts.callMs, timeouts.callMs),
    };
  }

  private parametersOf(schema: unknown): JsonObject {
    const bytes = sizeOf(schema);
    if (bytes > this.bounds.schemaBytesMax)
      throw new UnusableSchema(
        `its schema has ${bytes} bytes, at most ${this.bounds.schemaBytesMax} are taken`,
      );
    return cleanSchema(schema, this.bounds.descriptionCharactersMax);
  }
}

function settingsOf(tools: McpServer['tools'], name: string): OwnToolSettings {
  return Object.hasOwn(tools, name) ? (tools[name] ?? {}) : {};
}

/** Of a server that nobody vouches for, no tool is harmless. */
const unknownEffects: ToolAnnotations = { readOnly: false, idempotent: false, destructive: true };

/** With the protocol's own defaults for what is not said. */
function believed(hints: z.output<typeof ToldTool>['annotations']): ToolAnnotations {
  const readOnly = hints.readOnlyHint ?? false;
  return {
    readOnly,
    idempotent: readOnly || (hints.idempotentHint ?? false),
    destructive: !readOnly && (hints.destructiveHint ?? true),
  };
}

/** As JSON. What is nested so deeply that it cannot be written is larger than anything. */
function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '');
  } catch {
    return Infinity;
  }
}
