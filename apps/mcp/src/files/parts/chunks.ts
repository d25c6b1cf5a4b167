/** Joins and splits buffers into chunks of one size; the last one may be smaller. */
export async function* chunksOf(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let count = 0;
  for await (const buffer of source) {
    for (let start = 0; start < buffer.length;) {
      const piece = buffer.subarray(start, start + size - count);
      gathered.push(piece);
      count += piece.length;
      start += piece.length;
      if (count < size) continue;
      yield Buffer.concat(gathered);
      gathered = [];
      count = 0;
    }
  }
  if (count > 0) yield Buffer.concat(gathered);
}
