import type { Run } from '../api/runs.ts';

/** A turn of a conversation in the order of its tree. */
export interface BranchTurn {
  key: string;
  run: Run;
  /** 0: the first branch; each later branch from the same turn is one deeper than it. */
  depth: number;
  /** Whether another turn continues the same turn as this one. */
  isFork: boolean;
}

/**
 * The turns of a conversation as a tree, each followed by what continues it: the first continuation at its own depth, after the later ones,
 * which are branches. `runs` are in the order of their creation. A run that names no turn before it continues the run before.
 */
export function branchesOf(runs: readonly Run[]): BranchTurn[] {
  const known = new Set(runs.map(({ id }) => id));
  const following = new Map<string | null, Run[]>();
  for (const [place, run] of runs.entries()) {
    const { previous_run_id: named } = run;
    const before = named ?? runs[place - 1]?.id ?? null;
    const parent = before !== null && known.has(before) ? before : null;
    following.set(parent, [...(following.get(parent) ?? []), run]);
  }
  const turns: BranchTurn[] = [];
  // A stack and no recursion: a conversation may have hundreds of turns.
  const open = turnsAfter(null, 0);
  for (let turn = open.pop(); turn; turn = open.pop()) {
    turns.push(turn);
    open.push(...turnsAfter(turn.run.id, turn.depth));
  }
  return turns;

  /** Those that continue a turn, the last to be shown first. */
  function turnsAfter(id: string | null, depth: number): BranchTurn[] {
    const runsAfter = following.get(id) ?? [];
    const isFork = runsAfter.length > 1;
    const [main, ...branches] = runsAfter.map((run, place) => ({
      key: run.id,
      run,
      depth: place === 0 ? depth : depth + 1,
      isFork,
    }));
    return main ? [main, ...branches.toReversed()] : [];
  }
}
