import { FileIcon, XIcon } from '@primer/octicons-react';
import { t } from '../../i18n/t.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatBytes } from '../../ui/text/bytes.ts';
import type { Attachments } from './attachments.ts';
import styles from './attachments.module.css';

/** The files of the next message, each with its state and a way to take it out. */
export function AttachmentList({ attachments: { list, remove } }: { attachments: Attachments }) {
  if (list.length === 0) return null;
  return (
    <ul className={styles['list']} aria-label={t('attachment.list')}>
      {list.map(({ id, name, size, image, fileId, progress, error }) => (
        <li key={id} className={styles['entry']}>
          {image === null ? <FileIcon size={24} /> : <img src={image} alt="" className={styles['image']} />}
          <span className={styles['facts']}>
            <span className={styles['name']} translate="no">
              {name}
            </span>
            {error !== null ? (
              <span className={styles['fault']} role="alert" translate="no">
                {error}
              </span>
            ) : image !== null || fileId !== null ? (
              <span translate="no">{formatBytes(size)}</span>
            ) : (
              <progress value={progress} max={1} aria-label={t('attachment.progress', { name })} />
            )}
          </span>
          <IconButton label={t('attachment.remove', { name })} icon={<XIcon />} onClick={() => remove(id)} />
        </li>
      ))}
    </ul>
  );
}
