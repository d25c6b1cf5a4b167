import { expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';

/** A write that ends when the spec ends it. */
function heldWrites() {
  const groups: number[][] = [];
  const release: (() => void)[] = [];
  const write = async (rows: readonly number[]) => {
    groups.push([...rows]);
    await new Promise<void>((resolve) => release.push(resolve));
    if (rows.includes(13)) throw new Error('13 cannot be stored');
    return rows.map((row) => row * 10);
  };
  return { groups, release, write };
}

it('writes a single row at once, and the rows that arrive meanwhile as one group', async () => {
  const { groups, release, write } = heldWrites();
  const commit = new GroupCommit(write, { rowsMax: 10 });
  const results = [1, 2, 3].map((row) => commit.add(row));
  expect(groups).toEqual([[1]]);
  release.shift()?.();
  expect(await results[0]).toBe(10);
  await expect.poll(() => groups).toEqual([[1], [2, 3]]);
  release.shift()?.();
  expect(await Promise.all(results)).toEqual([10, 20, 30]);
});

it('limits the size of groups', async () => {
  const sizes: number[] = [];
  const commit = new GroupCommit<number, number>(
    async (rows) => {
      sizes.push(rows.length);
      return rows;
    },
    { rowsMax: 4 },
  );
  await Promise.all(Array.from({ length: 10 }, (_, row) => commit.add(row)));
  expect(sizes).toEqual([1, 4, 4, 1]);
});

it('fails a whole group at once where the database is away', async () => {
  const { groups, release, write } = heldWrites();
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const commit = new GroupCommit<number, number>(
    async (rows) => {
      if (groups.length > 0) throw (groups.push([...rows]), away);
      return write(rows);
    },
    { rowsMax: 10 },
  );
  const results = Promise.allSettled([1, 2, 3, 4].map((row) => commit.add(row)));
  release.shift()?.();
  expect((await results).slice(1)).toEqual(Array(3).fill({ status: 'rejected', reason: away }));
  expect(groups).toEqual([[1], [2, 3, 4]]);
});

it('fails only the row that cannot be stored', async () => {
  const commit = new GroupCommit<number, number>(
    async (rows) => {
      if (rows.includes(13)) throw new Error('13 cannot be stored');
      return rows;
    },
    { rowsMax: 10 },
  );
  const results = await Promise.allSettled([1, 12, 13, 14].map((row) => commit.add(row)));
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});
