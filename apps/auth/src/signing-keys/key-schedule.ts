/** A key of the schedule: it signs from its start until the start of the next key. */
export interface ScheduledKey {
  kid: string;
  signsFromMs: number;
}

export interface KeySchedule {
  /** How long one key signs. */
  rotationMs: number;
  /** How long before its first use a key is published. */
  leadMs: number;
  /** How long a key is needed after its last use: until its last token has expired. */
  retentionMs: number;
}

/** The key that signs at a moment: the newest one that has started. Keys are ordered by their start. */
export function signerAt<Key extends ScheduledKey>(keys: readonly Key[], nowMs: number): Key | null {
  return keys.findLast((key) => key.signsFromMs <= nowMs) ?? null;
}

/** The keys that verifiers need: the present one, the next one, and those whose tokens may still be valid. */
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

/** The start of the key to make now; null while no new one is due. */
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
