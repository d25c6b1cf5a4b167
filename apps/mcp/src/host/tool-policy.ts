import {
  accountKindOf,
  type Caller,
  CallerKind,
  labelSeparator,
  needsApproval,
  type ServerTool,
} from '@antiphon/contracts';
import { ConfigError } from '@antiphon/service-kit';
import type { CallerRule, Enabled, ToolSettings, ToolsFile } from './tools-file.ts';

export interface ToolPolicyOptions {
  file: ToolsFile;
  /** The callers that get tools that need approval, where the tools file has no setting for them. */
  unsafe: Enabled;
}

/** Applies the operator's settings to tools and callers. No other place decides which tools a caller has. */
export class ToolPolicy {
  private readonly settings: ReadonlyMap<string, ToolSettings>;
  private readonly rules: readonly { rule: CallerRule; pattern: RegExp }[];
  private readonly unsafe: Enabled;

  constructor({ file, unsafe }: ToolPolicyOptions) {
    this.settings = new Map(Object.entries(file.tools));
    this.rules = file.callers.map((rule) => ({ rule, pattern: patternOf(rule.tools) }));
    this.unsafe = unsafe;
  }

  /** A tool as it is offered to a caller who selects it by name, or all tools. Null where it is not offered. */
  offer(caller: Caller, tool: ServerTool, select: 'all' | 'named'): ServerTool | null {
    if (this.refuses(caller, tool.name)) return null;
    const settings = this.settings.get(tool.name) ?? {};
    const offered: ServerTool = {
      ...tool,
      description: settings.description ?? tool.description,
      approval: settings.approval ?? tool.approval,
      timeoutMs: settings.timeout ?? tool.timeoutMs,
    };
    const enabled = settings.enabled ?? this.enabledByDefault(tool, offered);
    const isOffered = enabled === 'named' ? select === 'named' : enabled;
    return isOffered ? offered : null;
  }

  /** The tools with a limit on calls at the same time in this process. */
  get concurrencies(): [name: string, callsMax: number][] {
    return [...this.settings].flatMap(([name, { concurrency }]) =>
      concurrency === undefined ? [] : [[name, concurrency]],
    );
  }

  /**
   * Throws ConfigError for settings of unknown tools: a misspelled name would leave the intended tool without its setting. The tools of outside
   * servers are not known yet, so their names pass.
   */
  refuseUnknown(known: readonly string[]): void {
    const unknown = [...this.settings.keys()].filter((name) => !known.includes(name) && !isOutside(name));
    if (unknown.length === 0) return;
    const places = unknown.map((name) => `  tools.${name}`).join('\n');
    throw new ConfigError(`The tools file has settings for tools that do not exist:\n${places}`);
  }

  /**
   * Whether a tool is switched off, or a rule excludes it for this caller. An API key has the tools that both the rules for keys and those for
   * its owner's kind of account allow, so that a key never has more than its owner.
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
   * `all` excludes tools that need approval: a caller that selects all tools did not choose them and may have no way to decide. `TOOLS_UNSAFE`
   * enables built-in tools that need approval; those of outside servers were enabled with the registration of their server.
   */
  private enabledByDefault(tool: ServerTool, offered: ServerTool): Enabled {
    if (needsApproval(tool) && !isOutside(tool.name)) return this.unsafe;
    return needsApproval(offered) ? 'named' : true;
  }
}

/** The names of outside servers' tools begin with the label of their server. */
function isOutside(name: string): boolean {
  return name.includes(labelSeparator);
}

function appliesTo({ user, tenant, kind, scope }: CallerRule, caller: Caller): boolean {
  return (
    (user === undefined || user === caller.userId) &&
    (tenant === undefined || tenant === caller.tenantId) &&
    (kind === undefined || kind === caller.kind) &&
    (scope === undefined || caller.scopes.includes(scope))
  );
}

/** One expression for names with `*`. An empty list matches nothing. */
function patternOf(names: readonly string[]): RegExp {
  const alternatives = names.map((name) => name.replaceAll('.', '\\.').replaceAll('*', '.*'));
  return alternatives.length === 0 ? /$^/ : new RegExp(`^(?:${alternatives.join('|')})$`);
}
