import { DownloadIcon } from '@primer/octicons-react';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { send } from '../../api/http.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../button.tsx';
import { downloadBlob, formatBytes } from './bytes.ts';
import { readable, withoutBase64 } from './readable.ts';
import styles from './text-block.module.css';

const shownMax = 4_000;

interface Props {
  text: string;
  /** The name of the downloaded file. */
  name: string;
  /** Whether the text still grows: it is not parsed then. */
  isPartial?: boolean;
  /** Whether the block may fill the page. */
  isTall?: boolean;
  /** Where `text` is the beginning of a longer text: its bytes, and the path of the API that has it. */
  whole?: { bytes: number; path: string };
}

/**
 * A long text in a box: its head, with the whole of it as a download. JSON is shown parsed, with the line breaks of its strings as line breaks;
 * the raw text is one click away. Base64 is shown as its type and size.
 */
export function TextBlock({ text, name, isPartial = false, isTall = false, whole }: Props) {
  const [isRaw, setIsRaw] = useState(false);
  const bytes = whole?.bytes ?? text.length;
  const shown = useMemo(() => (isPartial ? text : readableHead(text, bytes)), [text, isPartial, bytes]);
  const full = isRaw ? text : shown;
  const head = full.slice(0, shownMax);
  const isCut = head.length < full.length || (whole !== undefined && bytes > new Blob([text]).size);
  const download = useMutation({
    mutationFn: async () => {
      downloadBlob(whole ? await (await send(whole.path)).blob() : new Blob([text]), name);
    },
  });
  return (
    <div className={styles['block']}>
      <pre className={isTall ? styles['tall'] : styles['pre']} translate="no" tabIndex={0}>
        {head}
      </pre>
      {(shown !== text || isCut) && (
        <div className={styles['bar']}>
          {isCut && (
            <span>
              {t('call.truncated', {
                shown: formatBytes(head.length),
                total: formatBytes(Math.max(bytes, full.length)),
              })}
            </span>
          )}
          {shown !== text && (
            <Button kind="quiet" aria-pressed={isRaw} onClick={() => setIsRaw(!isRaw)}>
              {t(isRaw ? 'call.parsed' : 'call.raw')}
            </Button>
          )}
          <Button
            kind="quiet"
            icon={<DownloadIcon />}
            disabled={download.isPending}
            onClick={() => download.mutate()}
          >
            {t('call.download')}
          </Button>
          {download.isError && <span role="alert">{download.error.message}</span>}
        </div>
      )}
    </div>
  );
}

/** The text parsed where it is JSON, else its head without base64. */
function readableHead(text: string, bytes: number): string {
  const name = ({ type, size }: { type: string; size: number }) =>
    t('call.binary', { type, size: formatBytes(size) });
  return (
    readable(text, name) ?? withoutBase64(text.slice(0, shownMax), { bytes, name }) + text.slice(shownMax)
  );
}
