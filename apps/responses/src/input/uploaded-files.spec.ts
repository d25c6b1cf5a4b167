import { type ContentPart, filesRead, type InputItem } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { UploadedFiles } from './uploaded-files.ts';

const stays = new AbortController().signal;
const types: Record<string, string> = { file_png: 'image/png', file_pdf: 'application/pdf' };

/** The files of a caller, and what was asked for. */
function files() {
  const bus = new MemoryBus();
  const asked: string[][] = [];
  bus.handle(filesRead, async ({ fileIds }) => {
    asked.push(fileIds);
    const fileOf = (id: string) => ({ id, filename: `${id}.x`, mediaType: types[id] ?? '', base64: 'AAAA' });
    return { files: fileIds.map(fileOf) };
  });
  const uploaded = new UploadedFiles(bus, { bytesMax: 1024, timeoutMs: 1_000 });
  return { asked, read: (...items: InputItem[]) => uploaded.read(testCaller, items, stays) };
}

const image = (fileId: string): ContentPart => ({ type: 'image', url: '', fileId });
const file = (fileId: string, filename?: string): ContentPart => ({
  type: 'file',
  url: '',
  fileId,
  ...(filename && { filename }),
});
const message = (...content: ContentPart[]): InputItem => ({
  type: 'message',
  id: 'msg_1',
  role: 'user',
  content,
  status: 'completed',
});
const output = (...parts: ContentPart[]): InputItem => ({
  type: 'function_call_output',
  id: 'fco_1',
  callId: 'call_1',
  output: parts,
  status: 'completed',
});

it('become bytes in messages and outputs of tools; each file is read once', async () => {
  const { asked, read } = files();
  const items = await read(
    message(image('file_png'), file('file_pdf'), { type: 'text', text: 'Hi' }),
    output(image('file_png'), file('file_png', 'own.png')),
  );
  expect(asked).toEqual([['file_png', 'file_pdf']]);
  const png = 'data:image/png;base64,AAAA';
  expect(items).toMatchObject([
    {
      content: [
        { type: 'image', url: png, fileId: 'file_png' },
        { type: 'file', url: 'data:application/pdf;base64,AAAA', filename: 'file_pdf.x', fileId: 'file_pdf' },
        { type: 'text' },
      ],
    },
    { output: [{ url: png }, { type: 'file', url: png, filename: 'own.png' }] },
  ]);
});

it('are not asked for where an input names none', async () => {
  const { asked, read } = files();
  const items = [message({ type: 'image', url: 'https://example.com/a.png' })];
  expect(await read(...items)).toEqual(items);
  expect(asked).toEqual([]);
});

it('are refused as an image where they are none, and where they are too many', async () => {
  const { read } = files();
  await expect(read(message(image('file_pdf')))).rejects.toMatchObject({
    code: 'invalid_request',
    param: 'input',
    message: 'input names the file file_pdf as an image, and it is application/pdf: name it in an input_file',
  });
  const many = Array.from({ length: 101 }, (_, index) => file(`file_${index}`));
  await expect(read(message(...many))).rejects.toThrow('names 101 files, and at most 100 are allowed');
});
