import { type Caller, filesRead } from '@antiphon/contracts';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { toFile } from 'openai';
import { expect, it } from 'vitest';
import { FilesHandler } from './files.handler.ts';
import { ann as annCaller, fileService } from './testing/file-service.ts';

const { ann, app, query } = await fileService();
const handler = app.get(FilesHandler);
const bus = new MemoryBus();
bus.handle(filesRead, (request) => handler.read(request));
const bob: Caller = { ...annCaller, userId: 'user_bob', tenantId: 'user_bob' };
const read = (fileIds: string[], { caller = annCaller, bytesMax = 1024 } = {}) =>
  bus.call(filesRead, { caller, fileIds, bytesMax }, 5_000);
const upload = async (bytes: Buffer | string, name: string, type: string) =>
  (await ann.files.create({ file: await toFile(Buffer.from(bytes), name, { type }), purpose: 'user_data' }))
    .id;

it('files are read in the order of the request, with the media type of their bytes', async () => {
  const png = Buffer.from('iVBORw0KGgo=', 'base64');
  const image = await upload(png, 'a.png', 'application/octet-stream');
  const notes = await upload('Hello', 'notes.txt', 'text/plain');
  expect((await read([notes, image])).files).toEqual([
    {
      id: notes,
      filename: 'notes.txt',
      mediaType: 'text/plain',
      base64: Buffer.from('Hello').toString('base64'),
    },
    { id: image, filename: 'a.png', mediaType: 'image/png', base64: png.toString('base64') },
  ]);
});

it('a file of another caller, an expired and an unknown one are not found alike', async () => {
  const id = await upload('Hello', 'notes.txt', 'text/plain');
  const missing = { code: 'not_found', message: `There is no file "${id}".` };
  await expect(read([id], { caller: bob })).rejects.toMatchObject(missing);
  await query(`update mcp.files set expires_at = clock_timestamp() - interval '1 s' where id = $1`, [id]);
  await expect(read([id])).rejects.toMatchObject(missing);
  await expect(read(['no id'])).rejects.toMatchObject({ code: 'not_found' });
});

it('files that are too large together are refused with what to do', async () => {
  const ids = [await upload('Hello', 'a.txt', 'text/plain'), await upload('World', 'b.txt', 'text/plain')];
  await expect(read(ids, { bytesMax: 9 })).rejects.toMatchObject({
    code: 'invalid_request',
    param: 'input',
    message:
      'input names 2 files with 10 bytes, and at most 9 are allowed in one input: name smaller files, or let the model search them with the tool file_search.',
  });
});
