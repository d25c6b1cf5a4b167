import { useEffect, useSyncExternalStore } from 'react';

let said = '';
const listeners = new Set<() => void>();

/** Lets a screen reader say a text: what began, what needs the user, what is done. The console has this one live region, in its frame. */
export function announce(text: string): void {
  said = text;
  for (const listener of listeners) listener();
}

/** Announces a text when it changes, and nothing while it is empty. */
export function useAnnouncement(text: string): void {
  useEffect(() => {
    if (text !== '') announce(text);
  }, [text]);
}

export function LiveRegion() {
  const text = useSyncExternalStore(subscribe, () => said);
  return (
    <p role="status" className="visually-hidden">
      {text}
    </p>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
