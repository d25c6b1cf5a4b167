import type { RunView } from './run-view.ts';

const key = 'antiphon.playground.run';

/** Keeps what this tab has read of a run that goes on, for the page that is loaded next. Without room the run is read from its beginning. */
export function keepView(view: RunView): void {
  try {
    if (view.id === null || view.isOver) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(view));
  } catch {
    sessionStorage.removeItem(key);
  }
}

/** What this tab had read of the run; null where it has nothing of it. */
export function keptView(id: string): RunView | null {
  try {
    const view = JSON.parse(sessionStorage.getItem(key) ?? 'null') as RunView | null;
    return view?.id === id ? view : null;
  } catch {
    return null;
  }
}
