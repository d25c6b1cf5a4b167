import { t } from '../../i18n/t.ts';
import type { Attachment } from './attachments.ts';

const key = 'antiphon.playground.attachments';

/** Keeps the attachments for the page that this tab loads next. Images are left out where the tab's storage has no room for them. */
export function keepAttachments(list: readonly Attachment[]): void {
  const kept = list.map(({ id, name, size, image, fileId }) => ({ id, name, size, image, fileId }));
  for (const attempt of [kept, kept.map((one) => ({ ...one, image: null }))]) {
    try {
      sessionStorage.setItem(key, JSON.stringify(attempt));
      return;
    } catch {
      sessionStorage.removeItem(key);
    }
  }
}

/** What this tab has kept. One whose content was not kept, or had not arrived, says so. */
export function keptAttachments(): Attachment[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? '[]') as Omit<Attachment, 'progress' | 'error'>[];
    return kept.map((one) => {
      const isThere = one.image !== null || one.fileId !== null;
      return { ...one, progress: isThere ? 1 : 0, error: isThere ? null : t('attachment.lost') };
    });
  } catch {
    return [];
  }
}
