import { useCallback, useEffect, useRef, useState } from 'react';
import type { JsonObject } from '../../api/content/prompts.ts';
import { t } from '../../i18n/t.ts';
import { formatBytes } from '../../ui/text/bytes.ts';
import { uploadFile } from '../../api/upload.ts';
import { keepAttachments, keptAttachments } from './kept-attachments.ts';

/** A file of the next message. */
export interface Attachment {
  id: string;
  name: string;
  /** Bytes. */
  size: number;
  /** The image as a data URL; null for a file that is uploaded. */
  image: string | null;
  /** The uploaded file; null until it is there. */
  fileId: string | null;
  /** The share that is sent, 0 to 1. */
  progress: number;
  error: string | null;
}

/** Images travel within the request; other files are uploaded first. Bytes, and files a message. */
const imageBytesMax = 8_000_000;
const fileBytesMax = 512_000_000;
const attachmentsMax = 10;

/** With what stops its upload. */
type Sent = Attachment & { stop?: AbortController };

export interface Attachments {
  list: readonly Attachment[];
  /** Whether every file has arrived. */
  areReady: boolean;
  add: (files: Iterable<File>) => void;
  remove: (id: string) => void;
  clear: () => void;
}

/** The files of the next message. They survive a reload, except what was still being read or sent. */
export function useAttachments(): Attachments {
  const [list, setList] = useState<readonly Sent[]>(keptAttachments);
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const keep = () => keepAttachments(latest.current);
    window.addEventListener('pagehide', keep);
    return () => {
      window.removeEventListener('pagehide', keep);
      keep();
      for (const { stop } of latest.current) stop?.abort();
    };
  }, []);

  const add = useCallback(
    (files: Iterable<File>) => {
      const room = Math.max(0, attachmentsMax - list.length);
      const added = [...files].slice(0, room).map((file) => {
        const stop = new AbortController();
        const id = crypto.randomUUID();
        const set = (changes: Partial<Attachment>) =>
          setList((before) => before.map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)));
        void send(file, set, stop.signal);
        const { name, size } = file;
        return { id, name, size, image: null, fileId: null, progress: 0, error: null, stop };
      });
      setList((before) => [...before, ...added]);
    },
    [list.length],
  );

  const remove = useCallback((id: string) => {
    setList((before) =>
      before.filter((entry) => {
        if (entry.id === id) entry.stop?.abort();
        return entry.id !== id;
      }),
    );
  }, []);

  const clear = useCallback(() => setList([]), []);
  const areReady = list.every(({ image, fileId }) => image !== null || fileId !== null);
  return { list, areReady, add, remove, clear };
}

async function send(
  file: File,
  set: (changes: Partial<Attachment>) => void,
  signal: AbortSignal,
): Promise<void> {
  const isImage = file.type.startsWith('image/');
  const max = isImage ? imageBytesMax : fileBytesMax;
  // The list has the attachment before its first change.
  await Promise.resolve();
  if (file.size > max) {
    set({ error: t('attachment.large', { max: formatBytes(max) }) });
    return;
  }
  try {
    if (isImage) set({ image: await dataUrlOf(file), progress: 1 });
    else set({ fileId: await uploadFile(file, (progress) => set({ progress }), signal), progress: 1 });
  } catch (error) {
    if (!signal.aborted) set({ error: error instanceof Error ? error.message : String(error) });
  }
}

function dataUrlOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string); // a text, as it is read as a data URL
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read.'));
    reader.readAsDataURL(file);
  });
}

/** The content of the user's message. */
export function partsOf(message: string, attachments: readonly Attachment[]): JsonObject[] {
  const files = attachments.flatMap(({ name, image, fileId }): JsonObject[] => {
    if (image !== null) return [{ type: 'input_image', image_url: image }];
    return fileId === null ? [] : [{ type: 'input_file', file_id: fileId, filename: name }];
  });
  return [...(message.trim() === '' ? [] : [{ type: 'input_text', text: message }]), ...files];
}
