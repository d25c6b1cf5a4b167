import { DownloadIcon } from '@primer/octicons-react';
import { useMemo, useState } from 'react';
import { t } from '../i18n/t.ts';
import { Button } from './button.tsx';
import { downloadText, formatBytes } from './bytes.ts';
import styles from './text-block.module.css';

const shownMax = 4_000;

/**
 * A long text in a box: its head, with the whole of it as a download. JSON is shown parsed, with the line breaks of its strings as line breaks;
 * the raw text is one click away. Base64 is shown as its type and size.
 */
export function TextBlock({
  text,
  name,
  isPartial = false,
}: {
  text: string;
  name: string;
  isPartial?: boolean;
}) {
  const [isRaw, setIsRaw] = useState(false);
  // A text that still grows is not parsed.
  const shown = useMemo(() => (isPartial ? null : readable(text)), [text, isPartial]);
  const whole = isRaw || shown === null ? text : shown;
  const head = whole.length > shownMax ? whole.slice(0, shownMax) : whole;
  return (
    <div className={styles['block']}>
      <pre className={styles['pre']} translate="no" tabIndex={0}>
        {head}
      </pre>
      {(shown !== null || head.length < whole.length) && (
        <div className={styles['bar']}>
          {head.length < whole.length && (
            <span>
              {t('call.truncated', { shown: formatBytes(head.length), total: formatBytes(whole.length) })}
            </span>
          )}
          {shown !== null && (
            <Button kind="quiet" aria-pressed={isRaw} onClick={() => setIsRaw(!isRaw)}>
              {t(isRaw ? 'call.parsed' : 'call.raw')}
            </Button>
          )}
          <Button kind="quiet" icon={<DownloadIcon />} onClick={() => downloadText(text, name)}>
            {t('call.download')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** JSON as indented lines whose strings have real line breaks and no base64; null where the text is not JSON. */
function readable(text: string): string | null {
  if (!/^\s*[[{]/.test(text) || text.length > parsedMax) return null;
  try {
    return lines(JSON.parse(text), '');
  } catch {
    return null;
  }
}

const parsedMax = 2_000_000;
const base64 = /^(?:data:([\w.+-]+\/[\w.+-]+);base64,)?[A-Za-z0-9+/]{512,}={0,2}$/;

function lines(value: unknown, indent: string): string {
  if (typeof value === 'string') return stringLines(value, indent);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const entries = Array.isArray(value)
    ? value.map((entry) => lines(entry, deeper))
    : Object.entries(value).map(([key, entry]) => `${key}: ${lines(entry, deeper)}`);
  if (entries.length === 0) return Array.isArray(value) ? '[]' : '{}';
  return entries
    .map((entry) => `\n${indent}${Array.isArray(value) ? '- ' : ''}${entry}`)
    .join('')
    .replace(/^\n/, indent === '' ? '' : '\n');
}

function stringLines(value: string, indent: string): string {
  const match = base64.exec(value);
  if (match) return t('call.binary', { type: match[1] ?? 'base64', size: formatBytes(value.length * 0.75) });
  return value.includes('\n')
    ? value
        .split('\n')
        .map((line) => `\n${indent}${line}`)
        .join('')
    : value;
}
