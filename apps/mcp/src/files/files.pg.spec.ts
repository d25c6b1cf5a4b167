import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { plansOf, rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { type OpenAI, toFile } from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { ann as annCaller, fileService } from './testing/file-service.ts';

const { ann, bob, guest, url, query, stored, files, cleaner, dataSource } = await fileService({
  file_bytes_max: '16MiB',
  caller_bytes_max: '24MiB',
  guest_bytes_max: 2_000,
  caller_files_max: 5,
});

const folder = mkdtempSync(join(tmpdir(), 'antiphon-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void; // the flag defines it in new contexts

/** The bytes in use by this process: client and server. */
function usedMemory(): number {
  // The second round frees buffers that the first one found.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const send = (content: string | Buffer, name = 'notes.txt', type = 'text/plain') =>
  toFile(Buffer.from(content), name, { type });
const create = async (client = ann, content: string | Buffer = 'Hello', name?: string) =>
  client.files.create({ file: await send(content, name), purpose: 'user_data' });

/** Passes pieces on, and calls `look` after each 3 MB of them. */
async function* lookingAt(pieces: AsyncIterable<Uint8Array>, look: () => void): AsyncIterable<Uint8Array> {
  let unseenBytes = 0;
  for await (const piece of pieces) {
    yield piece;
    unseenBytes += piece.length;
    if (unseenBytes < 3_000_000) continue;
    unseenBytes = 0;
    look();
  }
}

/** Sends a file as a form, without holding it: the stock client keeps what it sends in the memory of this process. */
async function postInPieces(file: AsyncIterable<Uint8Array>): Promise<{ id: string }> {
  const post = request(`${url}/v1/files`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_ann', 'content-type': 'multipart/form-data; boundary=x' },
  });
  const field = (rest: string) => `--x\r\nContent-Disposition: form-data; name=${rest}\r\n\r\n`;
  const form = async function* () {
    yield `${field('"purpose"')}user_data\r\n${field('"file"; filename="large.bin"')}`;
    yield* file;
    yield '\r\n--x--\r\n';
  };
  const answered = once(post, 'response') as Promise<[IncomingMessage]>;
  await pipeline(form, post);
  const [reply] = await answered;
  return (await json(reply)) as { id: string };
}

describe('a file', () => {
  it('is sent, listed, read, downloaded and deleted with the stock client', async () => {
    const made = await create(ann, 'Hello', 'naïve “文”.txt');
    expect(made).toEqual({
      id: expect.stringMatching(/^file_[0-9a-z]{34}$/) as string,
      object: 'file',
      bytes: 5,
      created_at: expect.any(Number) as number,
      filename: 'naïve “文”.txt',
      purpose: 'user_data',
      status: 'processed',
    });
    expect(await ann.files.retrieve(made.id)).toEqual(made);
    expect((await ann.files.list()).data).toEqual([made]);
    const content = await ann.files.content(made.id);
    expect(await content.text()).toBe('Hello');
    expect(Object.fromEntries(content.headers)).toMatchObject({
      'content-length': '5',
      'content-type': 'text/plain',
      'content-disposition':
        'attachment; filename="na_ve ___.txt"; filename*=UTF-8\'\'na%C3%AFve%20%E2%80%9C%E6%96%87%E2%80%9D.txt',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(await ann.files.delete(made.id)).toEqual({ id: made.id, object: 'file', deleted: true });
    await expect(ann.files.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    await cleaner.cleanUp();
    expect(await stored()).toEqual({ parts: 0, chunks: 0 });
  });

  it('belongs to its caller', async () => {
    const { id } = await create();
    const attempts = [() => bob.files.retrieve(id), () => bob.files.content(id), () => bob.files.delete(id)];
    for (const attempt of attempts)
      await expect(attempt()).rejects.toMatchObject({
        status: 404,
        message: expect.stringContaining(id) as string,
      });
    expect((await bob.files.list()).data).toEqual([]);
    expect(await (await ann.files.content(id)).text()).toBe('Hello');
  });

  it('has an end where the caller sets one', async () => {
    const file = await send('Hello');
    const expires_after = { anchor: 'created_at' as const, seconds: 3_600 };
    const made = await ann.files.create({ file, purpose: 'assistants', expires_after });
    expect(made.expires_at).toBe(made.created_at + 3_600);
    await query(`update mcp.files set expires_at = clock_timestamp()`);
    await expect(ann.files.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    expect((await ann.files.list()).data).toEqual([]);
    await cleaner.cleanUp();
    expect(await query('select * from mcp.files')).toEqual([]);
    expect(await stored()).toEqual({ parts: 0, chunks: 0 });
  });

  it('of 15 MB is taken and sent without being held in memory', async () => {
    const path = join(folder, 'large.bin');
    const bytes = randomBytes(15_000_000);
    writeFileSync(path, bytes);
    const before = usedMemory();
    const growths: number[] = [];
    const look = () => growths.push(usedMemory() - before);
    const made = await postInPieces(lookingAt(createReadStream(path), look));
    expect(made).toMatchObject({ bytes: bytes.length, filename: 'large.bin' });
    const { body } = await ann.files.content(made.id);
    const hash = createHash('sha256');
    for await (const chunk of lookingAt(body as AsyncIterable<Uint8Array>, look)) hash.update(chunk); // as every body of fetch
    expect(hash.digest()).toEqual(createHash('sha256').update(bytes).digest());
    expect(growths.length).toBeGreaterThan(6);
    expect(Math.max(...growths)).toBeLessThan(7_500_000);
  }, 60_000);
});

describe('a list', () => {
  it('is paged, in both orders and by purpose', async () => {
    const made: string[] = [];
    for (const purpose of ['user_data', 'vision', 'user_data', 'user_data'] as const)
      made.push((await ann.files.create({ file: await send(purpose), purpose })).id);
    const ids = async (options: OpenAI.FileListParams) => {
      const found: string[] = [];
      for await (const file of ann.files.list(options)) found.push(file.id);
      return found;
    };
    expect(await ids({ limit: 1, order: 'asc' })).toEqual(made);
    expect(await ids({ limit: 3 })).toEqual(made.toReversed());
    expect(await ids({ purpose: 'vision' })).toEqual([made[1]]);
    expect(await ids({ purpose: 'other' })).toEqual([]);
    for (const limit of [0, 10_001, 1.5])
      await expect(ann.files.list({ limit })).rejects.toMatchObject({ status: 400, param: 'limit' });
  });

  it('reads one page from an index', async () => {
    await query(`
      insert into mcp.files (id, user_id, filename, purpose, mime_type, bytes)
      select 'file_' || lpad(n::text, 34, '0'), 'user_' || case when n % 2 = 0 then 'ann' else 'bob' end, 'a',
             case when n % 100 = 0 then 'vision' else 'user_data' end, 'text/plain', 1
        from generate_series(1, 20000) as n`);
    await query('analyze mcp.files');
    for (const purpose of [null, 'vision']) {
      const [plan] = await plansOf(dataSource, () =>
        files.list(annCaller, { after: `file_${'0'.repeat(29)}15000`, limit: 20, order: 'desc', purpose }),
      );
      if (!plan) throw new Error('a list is one statement');
      expect(scansOf(plan)).toEqual([purpose === null ? 'files_by_owner' : 'files_by_purpose']);
      expect(rowsRead(plan)).toBeLessThanOrEqual(21);
    }
  });
});

it('files that arrive at the same time share the room of their caller', async () => {
  const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(100));
  const created = await Promise.all(contents.map((content) => create(guest, content)));
  expect(created.map(({ bytes }) => bytes)).toEqual([100, 100, 100]);
});

describe('a refusal', () => {
  it.each([
    ['batch', 'must be assistants, user_data, vision: this server has no Batch API'],
    ['fine-tune', 'this server has no fine-tuning API'],
    ['evals', 'this server has no Evals API'],
    ['lunch', 'must be assistants, user_data, vision'],
  ])('of the purpose %s names it', async (purpose, sentence) => {
    const form = { file: await send('x'), purpose: purpose as 'user_data' };
    await expect(ann.files.create(form)).rejects.toMatchObject({
      status: 400,
      param: 'purpose',
      code: 'invalid_request',
      message: expect.stringContaining(sentence) as string,
    });
    expect(await stored()).toMatchObject({ parts: 0 });
  });

  const post = async (form: FormData | string, headers: Record<string, string> = {}, key = 'sk_ann') => {
    const reply = await fetch(`${url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: form,
    });
    return { status: reply.status, json: (await reply.json()) as { error: Record<string, unknown> } };
  };
  const formWith = (fields: Record<string, string | File>) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return form;
  };
  const file = new File(['x'], 'a.txt');
  const purpose = 'user_data';

  it.each<[string, Record<string, string | File>, string]>([
    ['without a file', { purpose }, 'file'],
    ['without a purpose', { file }, 'purpose'],
    ['with an empty file', { file: new File([], 'a.txt'), purpose }, 'file'],
    ['with a long name', { file: new File(['x'], `${'a'.repeat(256)}`), purpose }, 'file'],
    ['with a file elsewhere', { data: file, purpose }, 'data'],
    [
      'with a short life',
      { file, purpose, 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': '5' },
      'expires_after.seconds',
    ],
    [
      'with another anchor',
      { file, purpose, 'expires_after[anchor]': 'now', 'expires_after[seconds]': '3600' },
      'expires_after.anchor',
    ],
    ['with a long field', { file, purpose: 'x'.repeat(2_000) }, 'purpose'],
  ])('of a form %s names the field', async (_what, fields, param) => {
    const { status, json } = await post(formWith(fields));
    expect([status, json.error.param]).toEqual([400, param]);
    expect(json.error.type).toBe('invalid_request_error');
    expect(await stored()).toMatchObject({ parts: 0 });
  });

  it('of another body is 415, of a malformed form 400, without a key 401', async () => {
    const json = { 'content-type': 'application/json' };
    const multipart = (boundary: string) => ({ 'content-type': `multipart/form-data${boundary}` });
    expect((await post('{}', json)).status).toBe(415);
    expect((await post('x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('x', multipart(''))).status).toBe(400);
    expect((await post('--x\r\nbroken', multipart('; boundary=x'))).status).toBe(400);
    expect((await post(formWith({ file, purpose }), {}, 'sk_nobody')).status).toBe(401);
    expect(await stored()).toMatchObject({ parts: 0 });
  });

  it('of a file that is too large is 413, of one beyond the room or the count of its caller 403', async () => {
    await expect(create(ann, Buffer.alloc(16 * 1024 * 1024 + 1))).rejects.toMatchObject({ status: 413 });
    const message = expect.stringContaining('2000 bytes in all') as string;
    await create(guest, Buffer.alloc(1_500));
    await expect(create(guest, Buffer.alloc(501))).rejects.toMatchObject({ status: 403, message });
    const last = await create(guest, Buffer.alloc(500));
    await expect(create(guest, 'x')).rejects.toMatchObject({ status: 403, message });
    await guest.files.delete(last.id);
    await create(guest, Buffer.alloc(500));
    for (let count = 0; count < 5; count++) await create(bob);
    await expect(create(bob)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('5 files') as string,
    });
    await cleaner.cleanUp();
    expect(await stored()).toEqual({ parts: 7, chunks: 7 });
  }, 60_000);

  it('leaves nothing of a file whose client went away', async () => {
    const leaving = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(
          Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nsome bytes'),
        );
      },
    });
    const leaver = fetch(`${url}/v1/files`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_ann', 'content-type': 'multipart/form-data; boundary=x' },
      body,
      duplex: 'half',
      signal: leaving.signal,
    });
    const failure = expect(leaver).rejects.toThrow();
    await expect.poll(stored).toMatchObject({ parts: 1 });
    leaving.abort();
    await failure;
    await expect.poll(stored).toMatchObject({ parts: 0 });
  });
});
