import { randomBytes } from 'node:crypto';
import { ConfigError } from '@antiphon/service-kit';
import { toFile } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { requiredEnvironment } from '../testing/environment.ts';
import { fileService } from './testing/file-service.ts';
import { S3Server, s3Key } from './testing/s3-server.ts';

const s3 = await S3Server.start();
afterAll(() => s3.close());
beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', s3Key.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3Key.secretAccessKey);
});
afterAll(() => vi.unstubAllEnvs());
afterEach(() => (s3.isDown = false));

const store = `s3://the-bucket/files/?region=eu-central-1&endpoint=${s3.url}`;
const { ann, query, stored, cleaner } = await fileService({ store, file_bytes_max: '20MiB' });

const create = async (content: Buffer) =>
  ann.files.create({ file: await toFile(content, 'a.bin'), purpose: 'user_data' });
const bytesOf = async (id: string) => Buffer.from(await (await ann.files.content(id)).arrayBuffer());

describe('an S3-compatible store', () => {
  it.each([3, 12_000_000])('takes, sends and removes a file of %i bytes', async (size) => {
    const content = randomBytes(size);
    const { id, bytes } = await create(content);
    expect(bytes).toBe(size);
    expect((await bytesOf(id)).equals(content)).toBe(true);
    expect([...s3.objects.keys()]).toEqual([expect.stringMatching(/^\/the-bucket\/files\/part_\w+$/)]);
    expect(s3.largestBody).toBeLessThanOrEqual(5 * 1024 * 1024);
    expect(await stored()).toEqual({ parts: 1, chunks: 0 });
    await ann.files.delete(id);
    await cleaner.cleanUp();
    expect(s3.objects.size).toBe(0);
    expect(await query('select * from mcp.file_parts')).toEqual([]);
  });

  it('makes a file of the parts of an upload', async () => {
    const upload = await ann.uploads.create({
      bytes: 2,
      filename: 'a',
      mime_type: 'text/plain',
      purpose: 'vision',
    });
    const add = async (text: string) =>
      ann.uploads.parts.create(upload.id, { data: await toFile(Buffer.from(text), 'part') });
    const part_ids = [(await add('a')).id, (await add('b')).id];
    const { file } = await ann.uploads.complete(upload.id, { part_ids });
    expect((await bytesOf(file?.id ?? '')).toString()).toBe('ab');
  });

  it('keeps nothing of a file that is too large', async () => {
    s3.objects.clear();
    await expect(create(Buffer.alloc(20 * 1024 * 1024 + 1))).rejects.toMatchObject({ status: 413 });
    await cleaner.cleanUp();
    expect([s3.objects.size, s3.openUploads]).toEqual([0, 0]);
  });

  it('that does not answer is 503, and what was to be removed is removed later', async () => {
    s3.objects.clear();
    const { id } = await create(Buffer.from('kept'));
    s3.isDown = true;
    await expect(create(Buffer.from('lost'))).rejects.toMatchObject({ status: 503 });
    await ann.files.delete(id);
    await expect(cleaner.cleanUp()).rejects.toThrow();
    s3.isDown = false;
    await query(`update mcp.file_parts set due_at = clock_timestamp()`);
    await cleaner.cleanUp();
    expect(s3.objects.size).toBe(0);
    expect(await query('select * from mcp.file_parts')).toEqual([]);
  });

  it.each(['s3', 's3://B', 's3://bucket?secret=x', 's3://bucket?endpoint=ftp://x', 7])(
    'is not configured by %s',
    (wrong) => {
      const load = () => loadConfig(requiredEnvironment, { files: { store: wrong } });
      expect(load).toThrow(ConfigError);
      expect(load).toThrow('files.store: must be database or s3://');
    },
  );
});
