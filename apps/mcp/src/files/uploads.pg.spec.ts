import { createHash } from 'node:crypto';
import { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { fileService } from './testing/file-service.ts';

const { ann, bob, query, stored, cleaner } = await fileService({
  part_bytes_max: 2_000,
  upload_bytes_max: 10_000,
  upload_parts_max: 3,
  open_uploads_max: 2,
  caller_bytes_max: 20_000,
});

const begin = (bytes: number, client = ann) =>
  client.uploads.create({ bytes, filename: 'book.txt', mime_type: 'text/plain', purpose: 'user_data' });
const add = async (id: string, content: string, client = ann) =>
  client.uploads.parts.create(id, { data: await toFile(Buffer.from(content), 'part') });
const sentence = (text: string) => expect.stringContaining(text) as string;
const refused = (message: string, param: string | null = null) => ({
  status: 400,
  param,
  message: sentence(message),
});

describe('an upload', () => {
  it('becomes a file of its parts in the order of its completion', async () => {
    const upload = await begin(11);
    expect(upload).toEqual({
      id: expect.stringMatching(/^upload_[0-9a-z]{34}$/) as string,
      object: 'upload',
      bytes: 11,
      created_at: expect.any(Number) as number,
      expires_at: upload.created_at + 3_600,
      filename: 'book.txt',
      purpose: 'user_data',
      status: 'pending',
      file: null,
    });
    const [second, first, unused] = [
      await add(upload.id, 'world'),
      await add(upload.id, 'Hello '),
      await add(upload.id, 'x'),
    ];
    expect(second).toEqual({
      id: expect.stringMatching(/^part_/) as string,
      object: 'upload.part',
      created_at: expect.any(Number) as number,
      upload_id: upload.id,
    });
    const md5 = createHash('md5').update('Hello world').digest('hex');
    const completion = { part_ids: [first.id, second.id], md5 };
    const done = await ann.uploads.complete(upload.id, completion);
    expect(done).toMatchObject({
      id: upload.id,
      status: 'completed',
      file: { bytes: 11, filename: 'book.txt' },
    });
    const fileId = done.file?.id ?? '';
    expect(await (await ann.files.content(fileId)).text()).toBe('Hello world');
    expect(await ann.uploads.complete(upload.id, completion)).toEqual(done);
    await expect(add(upload.id, 'more')).rejects.toMatchObject(refused('The upload is completed.'));
    await expect(ann.uploads.cancel(upload.id)).rejects.toMatchObject(refused('The upload is completed.'));
    await cleaner.cleanUp();
    expect(unused.id).not.toBe(first.id);
    expect(await stored()).toEqual({ parts: 2, chunks: 2 });
    await ann.files.delete(fileId);
    await cleaner.cleanUp();
    expect(await stored()).toEqual({ parts: 0, chunks: 0 });
  });

  it('is completed only with its own parts, its size and its checksum', async () => {
    const [upload, other] = [await begin(4), await begin(4)];
    const [part, rest, foreign] = [
      await add(upload.id, 'ab'),
      await add(upload.id, 'cd'),
      await add(other.id, 'cd'),
    ];
    const complete = (part_ids: string[], md5?: string) =>
      ann.uploads.complete(upload.id, { part_ids, ...(md5 !== undefined && { md5 }) });
    await expect(complete([part.id, foreign.id])).rejects.toMatchObject(refused('part', 'part_ids[1]'));
    await expect(complete([part.id, part.id])).rejects.toMatchObject(refused('given once', 'part_ids[1]'));
    await expect(complete([part.id])).rejects.toMatchObject(refused('4 bytes', 'part_ids'));
    await expect(complete([part.id, rest.id], 'a'.repeat(32))).rejects.toMatchObject(
      refused('checksum', 'md5'),
    );
    await expect(complete([])).rejects.toMatchObject({ status: 400 });
    expect(await complete([part.id, rest.id])).toMatchObject({ status: 'completed' });
  });

  it('belongs to its caller', async () => {
    const upload = await begin(2);
    const part = await add(upload.id, 'ab');
    const unknown = { status: 404, message: sentence(upload.id) };
    await expect(add(upload.id, 'cd', bob)).rejects.toMatchObject(unknown);
    await expect(bob.uploads.complete(upload.id, { part_ids: [part.id] })).rejects.toMatchObject(unknown);
    await expect(bob.uploads.cancel(upload.id)).rejects.toMatchObject(unknown);
  });

  it('that is cancelled or out of time takes no parts and loses those it has', async () => {
    const [cancelled, late] = [await begin(2), await begin(2)];
    await add(cancelled.id, 'ab');
    const part = await add(late.id, 'ab');
    expect(await ann.uploads.cancel(cancelled.id)).toMatchObject({ status: 'cancelled' });
    expect(await ann.uploads.cancel(cancelled.id)).toMatchObject({ status: 'cancelled' });
    await expect(add(cancelled.id, 'ab')).rejects.toMatchObject(refused('The upload is cancelled.'));
    await query(`update mcp.uploads set expires_at = clock_timestamp() where id = '${late.id}'`);
    const expired = refused('The upload is expired.');
    await expect(add(late.id, 'ab')).rejects.toMatchObject(expired);
    await expect(ann.uploads.complete(late.id, { part_ids: [part.id] })).rejects.toMatchObject(expired);
    await cleaner.cleanUp();
    expect(await stored()).toEqual({ parts: 0, chunks: 0 });
    await expect(add(late.id, 'ab')).rejects.toMatchObject(expired);
    await query(`update mcp.uploads set expires_at = clock_timestamp() - interval '2 days'`);
    await cleaner.cleanUp();
    expect(await query('select * from mcp.uploads')).toEqual([]);
  });
});

describe('the limits', () => {
  it('of the size of a file and of a part, and of the parts', async () => {
    await expect(begin(10_001)).rejects.toMatchObject({ status: 413, param: 'bytes' });
    await expect(begin(0)).rejects.toMatchObject({ status: 400, param: 'bytes' });
    const upload = await begin(9);
    await expect(add(upload.id, 'x'.repeat(2_001))).rejects.toMatchObject({ status: 413, param: 'data' });
    await expect(add(upload.id, '')).rejects.toMatchObject(refused('must not be empty', 'data'));
    for (let count = 0; count < 3; count++) await add(upload.id, 'abc');
    await expect(add(upload.id, 'abc')).rejects.toMatchObject(refused('at most 3 parts'));
    expect(await stored()).toMatchObject({ parts: 3 });
  });

  it('of open uploads, and of the bytes of a caller', async () => {
    await begin(1);
    await begin(1);
    await expect(begin(1)).rejects.toMatchObject({ status: 403, message: sentence('2 open uploads') });
    for (let count = 0; count < 2; count++)
      await bob.files.create({ file: await toFile(Buffer.alloc(9_000), 'a'), purpose: 'user_data' });
    await expect(begin(2_001, bob)).rejects.toMatchObject({ status: 403, message: sentence('20000 bytes') });
    expect(await begin(2_000, bob)).toMatchObject({ status: 'pending' });
  });
});
