/** A key on the time line: it signs from its own moment until the next key's. */
export interface ScheduledKey {
  kid: string;
  signsFromMs: number;
}

export interface KeySchedule {
  /** How long one key signs. */
  rotationMs: number;
  /** How long before its first use a key is published. */
  leadMs: number;
  /** How long after its last use a key is still needed: until no token of it can be alive. */
  retentionMs: number;
}

/** The key that signs at a moment: the newest one whose time has come. Keys are ordered by time. */
export function signerAt<Key extends ScheduledKey>(keys: readonly Key[], nowMs: number): Key | null {
  return keys.findLast((key) => key.signsFromMs <= nowMs) ?? null;
}

/** The keys that verifiers need: the one that signs, the one to come, and those whose tokens may be alive. */
export function neededKeysAt<Key extends ScheduledKey>(
  keys: readonly Key[],
  nowMs: number,
  { retentionMs }: KeySchedule,
): Key[] {
  return keys.filter((_key, index) => {
    const next = keys[index + 1];
    return !next || next.signsFromMs + retentionMs > nowMs;
  });
}

/** From when the next key is to sign; null while no new one has to be made. */
export function nextKeyDue(
  keys: readonly ScheduledKey[],
  nowMs: number,
  schedule: KeySchedule,
): number | null {
  const newest = keys.at(-1);
  if (!newest) return nowMs;
  const dueMs = newest.signsFromMs + schedule.rotationMs;
  if (nowMs < dueMs - schedule.leadMs) return null;
  return Math.max(dueMs, nowMs + schedule.leadMs);
}
