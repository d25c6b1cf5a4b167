import type { CallDetail, Caller, HostedKind, HostedToolOf } from '@antiphon/contracts';
import type { RegisteredTool } from '../host/tool.ts';

/** What a run is offered of a tool. */
export interface HostedOffer {
  functions: readonly RegisteredTool[];
  /** The detail that their calls begin with; left out: none. */
  detail?: CallDetail;
  /** What the run gets less of than the tool declares; left out: nothing. */
  warning?: string;
}

/** Runs the hosted tools of one kind. */
export interface HostedToolRunner<Kind extends HostedKind = HostedKind> {
  readonly kind: Kind;
  /** The names of all functions that it may offer: the kind first, the others begin with it. A tools file may have settings for them. */
  readonly names: readonly string[];
  /** The functions that a model is offered for a tool of a request. */
  functions(tool: HostedToolOf<Kind>, caller: Caller): readonly RegisteredTool[];
  /**
   * What a run is offered; `earlier` is the detail of the last call of the kind in the context. Throws an AppError for a tool that this caller
   * cannot use as it is declared. Left out: the functions, for every caller.
   */
  offer?(tool: HostedToolOf<Kind>, caller: Caller, earlier: CallDetail | null): Promise<HostedOffer>;
}
