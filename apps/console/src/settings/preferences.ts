import { useSyncExternalStore } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** What the user of this browser prefers, for all tabs. It holds nothing secret. */
interface Preferences {
  theme: Theme;
  /** An IANA name; null: the system's. */
  timeZone: string | null;
}

const key = 'antiphon.preferences';
const listeners = new Set<() => void>();
let preferences = readPreferences();

/** The time zone of all times of the console: the chosen one, else the system's. */
export function timeZone(): string {
  return preferences.timeZone ?? systemTimeZone();
}

export function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function theme(): Theme {
  return preferences.theme;
}

export function setPreferences(changes: Partial<Preferences>): void {
  preferences = { ...preferences, ...changes };
  try {
    localStorage.setItem(key, JSON.stringify(preferences));
  } catch {
    // Without storage the preferences last until the page is left.
  }
  announce();
}

/** The preferences; the component is drawn again when they change, also by another tab. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => preferences);
}

/** Shows the page in the preferred theme, and follows other tabs. Called once, before the page is drawn. */
export function applyPreferences(): void {
  showTheme();
  addEventListener('storage', (event) => {
    if (event.key !== key) return;
    preferences = readPreferences();
    announce();
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function announce(): void {
  showTheme();
  for (const listener of listeners) listener();
}

function showTheme(): void {
  document.documentElement.dataset['theme'] = preferences.theme;
}

/** What is stored, as far as it is valid: an earlier version may have written it, or the user. */
function readPreferences(): Preferences {
  const stored = readStored();
  return {
    theme: themes.find((name) => name === stored.theme) ?? 'system',
    timeZone: isTimeZone(stored.timeZone) ? stored.timeZone : null,
  };
}

function readStored(): { theme?: unknown; timeZone?: unknown } {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof stored === 'object' && stored !== null ? stored : {};
  } catch {
    return {};
  }
}

function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string') return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
