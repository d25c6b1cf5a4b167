import type { CallDetail, Caller, HostedKind, HostedToolOf } from '@antiphon/contracts';
import type { RegisteredTool } from '../host/tool.ts';

/** The functions of a tool for one run, and the detail that their calls begin with; left out: none. */
export interface HostedOffer {
  functions: readonly RegisteredTool[];
  detail?: CallDetail;
}

/** Runs the hosted tools of one kind. */
export interface HostedToolRunner<Kind extends HostedKind = HostedKind> {
  readonly kind: Kind;
  /** The names of all functions that it may offer: the kind first, the others begin with it. A tools file may have settings for them. */
  readonly names: readonly string[];
  /** Throws an AppError for a tool that this caller cannot use as it is declared. Left out where every one can be used. */
  check?(tool: HostedToolOf<Kind>, caller: Caller): Promise<void>;
  /** The functions that a model is offered for a tool of a request. */
  functions(tool: HostedToolOf<Kind>, caller: Caller): readonly RegisteredTool[];
  /**
   * What a run is offered, where more than the settings decides it: `earlier` is the detail of the last call of the kind in the context. Throws as
   * `check`. Left out: the functions.
   */
  offer?(tool: HostedToolOf<Kind>, caller: Caller, earlier: CallDetail | null): Promise<HostedOffer>;
}
