const key = 'antiphon.timeZone';

/** The time zone of every time and day that the console shows: the chosen one, else the browser's. */
export function timeZone(): string {
  return readZone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Null: the browser's own. */
export function chooseTimeZone(zone: string | null): void {
  try {
    if (zone === null) localStorage.removeItem(key);
    else localStorage.setItem(key, zone);
  } catch {
    // Without storage the browser's zone holds.
  }
}

function readZone(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
