import { PlusIcon, XIcon } from '@primer/octicons-react';
import { t } from '../../i18n/t.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import styles from './servers.module.css';

export interface Header {
  name: string;
  value: string;
}

/** Headers as the API takes them; null: none. */
export function headersOf(headers: readonly Header[]): Record<string, string> | null {
  const named = headers.filter(({ name }) => name.trim() !== '');
  return named.length === 0 ? null : Object.fromEntries(named.map(({ name, value }) => [name.trim(), value]));
}

/** Headers of every request to a server. Their values are secrets: they are typed as passwords, and not shown again. */
export function HeaderFields({
  headers,
  onChange,
}: {
  headers: readonly Header[];
  onChange: (headers: readonly Header[]) => void;
}) {
  const change = (index: number, changes: Partial<Header>) =>
    onChange(headers.map((header, place) => (place === index ? { ...header, ...changes } : header)));
  return (
    <fieldset className={styles['headers']}>
      <legend>{t('servers.headers')}</legend>
      <p className={styles['hint']}>{t('servers.headers.hint')}</p>
      {headers.map(({ name, value }, index) => (
        <div key={index} className={styles['header']}>
          <input
            aria-label={t('servers.header.name', { number: index + 1 })}
            placeholder="Authorization"
            autoComplete="off"
            required
            translate="no"
            value={name}
            onChange={({ target }) => change(index, { name: target.value })}
          />
          <input
            type="password"
            aria-label={t('servers.header.value', { number: index + 1 })}
            autoComplete="new-password"
            value={value}
            onChange={({ target }) => change(index, { value: target.value })}
          />
          <IconButton
            icon={<XIcon />}
            label={t('servers.header.remove', { number: index + 1 })}
            onClick={() => onChange(headers.filter((_header, place) => place !== index))}
          />
        </div>
      ))}
      <Button icon={<PlusIcon />} onClick={() => onChange([...headers, { name: '', value: '' }])}>
        {t('servers.header.add')}
      </Button>
    </fieldset>
  );
}
