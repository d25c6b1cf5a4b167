import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { openaiSystem } from './openai-system.ts';

const { client, otherClient } = await openaiSystem();

const folder = mkdtempSync(join(tmpdir(), 'antiphon-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = async (id: string) => Buffer.from(await (await client.files.content(id)).arrayBuffer());

scenario(
  ['openai-files', 'gateway-files'],
  'a file larger than any other body is sent, listed, downloaded and deleted',
  async () => {
    const content = Buffer.from('A line of the file.\n'.repeat(600_000));
    const path = join(folder, 'lines.txt');
    writeFileSync(path, content);
    const file = await client.files.create({ file: createReadStream(path), purpose: 'user_data' });
    expect(file).toMatchObject({ filename: 'lines.txt', bytes: content.length, status: 'processed' });
    expect(await client.files.waitForProcessing(file.id)).toEqual(file);
    const small = await client.files.create({
      file: await toFile(Buffer.from('x'), 'x.txt'),
      purpose: 'vision',
    });

    const listed: string[] = [];
    for await (const { id } of client.files.list({ limit: 1, order: 'asc' })) listed.push(id);
    expect(listed).toEqual([file.id, small.id]);
    expect((await otherClient.files.list()).data).toEqual([]);
    await expect(otherClient.files.content(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);

    expect((await bytesOf(file.id)).equals(content)).toBe(true);
    for (const id of listed) expect(await client.files.delete(id)).toMatchObject({ id, deleted: true });
    await expect(client.files.retrieve(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  },
);

scenario('openai-uploads', 'a file is uploaded in parts, which are ordered at the end', async () => {
  const content = 'First half, second half.';
  const upload = await client.uploads.create({
    bytes: content.length,
    filename: 'halves.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  });
  const send = async (text: string) =>
    client.uploads.parts.create(upload.id, { data: await toFile(Buffer.from(text), 'part') });
  const [second, first] = [await send(content.slice(10)), await send(content.slice(0, 10))];
  const done = await client.uploads.complete(upload.id, { part_ids: [first.id, second.id] });
  expect(done).toMatchObject({
    status: 'completed',
    file: { bytes: content.length, filename: 'halves.txt' },
  });
  expect((await bytesOf(done.file?.id ?? '')).toString()).toBe(content);

  const other = await client.uploads.create({
    bytes: 1,
    filename: 'x',
    mime_type: 'text/plain',
    purpose: 'vision',
  });
  expect(await client.uploads.cancel(other.id)).toMatchObject({ status: 'cancelled' });
});

scenario('openai-files', 'a purpose without an API here is refused by name', async () => {
  const file = await toFile(Buffer.from('{}'), 'x.jsonl');
  await expect(client.files.create({ file, purpose: 'fine-tune' })).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    param: 'purpose',
  });
});
