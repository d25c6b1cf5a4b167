/**
 * The time that a row of the rollups covers: a quarter of an hour, since every zone's offset from UTC is a multiple of it. So days of all zones are
 * exact.
 */
export const usageSlotMs = 900_000;
