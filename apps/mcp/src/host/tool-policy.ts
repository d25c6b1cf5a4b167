import { accountKindOf, type Caller, CallerKind, labelSeparator, type ServerTool } from '@antiphon/contracts';
import { ConfigError } from '@antiphon/service-kit';
import type { CallerRule, Enabled, ToolSettings, ToolsFile } from './tools-file.ts';

export interface ToolPolicyOptions {
  file: ToolsFile;
  /** Whom tools are offered to whose calls wait for their caller, where the file does not say. */
  unsafe: Enabled;
}

/** What an operator says about each tool and each caller. The one place that knows what applies. */
export class ToolPolicy {
  private readonly settings: ReadonlyMap<string, ToolSettings>;
  private readonly rules: readonly { rule: CallerRule; pattern: RegExp }[];
  private readonly unsafe: Enabled;

  constructor({ file, unsafe }: ToolPolicyOptions) {
    this.settings = new Map(Object.entries(file.tools));
    this.rules = file.callers.map((rule) => ({ rule, pattern: patternOf(rule.tools) }));
    this.unsafe = unsafe;
  }

  /** A tool as it is offered to a caller who asks for it by name, or else for all there are; null where it is not. */
  offer(caller: Caller, tool: ServerTool, select: 'all' | 'named'): ServerTool | null {
    if (this.refuses(caller, tool.name)) return null;
    const settings = this.settings.get(tool.name) ?? {};
    const offered: ServerTool = {
      ...tool,
      description: settings.description ?? tool.description,
      approval: settings.approval ?? tool.approval,
      timeoutMs: settings.timeout ?? tool.timeoutMs,
    };
    const enabled = settings.enabled ?? this.unlessSaid(tool, offered);
    const isOffered = enabled === 'named' ? select === 'named' : enabled;
    return isOffered ? offered : null;
  }

  /** The tools of which only so many calls may run at the same time in this process. */
  get concurrencies(): [name: string, callsMax: number][] {
    return [...this.settings].flatMap(([name, { concurrency }]) =>
      concurrency === undefined ? [] : [[name, concurrency]],
    );
  }

  /**
   * A setting of a tool that does not exist is a slip that would otherwise leave another tool without it. What outside servers have is
   * not known before they are asked. Throws ConfigError.
   */
  refuseUnknown(known: readonly string[]): void {
    const unknown = [...this.settings.keys()].filter((name) => !known.includes(name) && !isOutside(name));
    if (unknown.length === 0) return;
    const places = unknown.map((name) => `  tools.${name}`).join('\n');
    throw new ConfigError(`The tools file has settings for tools that do not exist:\n${places}`);
  }

  /**
   * Whether a tool is switched off, or not among those of a caller, whatever the tool is like. An API key has the tools that both the rules
   * for keys and those for its owner's kind of account allow, so that a key never has more than its owner.
   */
  private refuses(caller: Caller, name: string): boolean {
    if (this.settings.get(name)?.enabled === false) return true;
    if (!CallerKind.options.includes(caller.kind)) return true;
    if (this.rulesRefuse(caller, name)) return true;
    return caller.kind === 'key' && this.rulesRefuse({ ...caller, kind: accountKindOf(caller) }, name);
  }

  private rulesRefuse(caller: Caller, name: string): boolean {
    const applying = this.rules.find(({ rule }) => appliesTo(rule, caller));
    return applying?.pattern.test(name) === false;
  }

  /**
   * Who asks for all tools did not choose one whose calls wait for a decision, and may have no way to decide: such a tool is not among
   * them unless the operator says so. One of our own that changes something is switched on in its own right; one of an outside server
   * was, by whoever registered the server.
   */
  private unlessSaid(tool: ServerTool, offered: ServerTool): Enabled {
    if (waitsForCaller(tool) && !isOutside(tool.name)) return this.unsafe;
    return waitsForCaller(offered) ? 'named' : true;
  }
}

/** The names of outside servers' tools begin with the label of their server. */
function isOutside(name: string): boolean {
  return name.includes(labelSeparator);
}

function waitsForCaller({ approval, annotations }: ServerTool): boolean {
  return approval === 'always' || (approval === 'unsafe' && !annotations.readOnly);
}

function appliesTo({ user, tenant, kind, scope }: CallerRule, caller: Caller): boolean {
  return (
    (user === undefined || user === caller.userId) &&
    (tenant === undefined || tenant === caller.tenantId) &&
    (kind === undefined || kind === caller.kind) &&
    (scope === undefined || caller.scopes.includes(scope))
  );
}

/** Names with `*` as one expression; of an empty list nothing is matched. */
function patternOf(names: readonly string[]): RegExp {
  const alternatives = names.map((name) => name.replaceAll('.', '\\.').replaceAll('*', '.*'));
  return alternatives.length === 0 ? /$^/ : new RegExp(`^(?:${alternatives.join('|')})$`);
}
