/** Rows of one batch. */
export const batchCount = 100;
/** The most batches of one kind a round. The next round removes the rest. */
const batchesMax = 20;

/** Removes batches of `batchCount` until one is not full. Returns how many rows they had together. */
export async function inBatches(removeBatch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < batchesMax; batch++) {
    const count = await removeBatch();
    total += count;
    if (count < batchCount) break;
  }
  return total;
}
