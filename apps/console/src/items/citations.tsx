import { LinkExternalIcon } from '@primer/octicons-react';
import type { WireAnnotation } from '../api/items.ts';
import styles from './item-view.module.css';

/** The sources of an answer, each once. */
export function Citations({ annotations }: { annotations: readonly WireAnnotation[] }) {
  const sources = new Map(annotations.map((one) => [one.url ?? one.file_id ?? one.filename ?? '', one]));
  if (sources.size === 0) return null;
  return (
    <ul className={styles['citations']} translate="no">
      {[...sources].map(([key, { url, title, filename }]) => (
        <li key={key}>
          {url && /^https?:/.test(url) ? (
            <a href={url} target="_blank" rel="noreferrer noopener nofollow">
              {title || url} <LinkExternalIcon size={12} />
            </a>
          ) : (
            (filename ?? key)
          )}
        </li>
      ))}
    </ul>
  );
}
