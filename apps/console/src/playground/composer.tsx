import { PaperAirplaneIcon, SquareFillIcon } from '@primer/octicons-react';
import type { KeyboardEvent } from 'react';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import styles from './playground.module.css';

interface Props {
  message: string;
  onChange: (message: string) => void;
  isBusy: boolean;
  onRun: () => void;
  onStop: () => void;
}

/** Where the user writes. Enter sends, Shift+Enter makes a line; Enter that ends a composition of an input method does not send. */
export function Composer({ message, onChange, isBusy, onRun, onStop }: Props) {
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onRun();
  };
  return (
    <form
      className={styles['composer']}
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      <label className="visually-hidden" htmlFor="message">
        {t('playground.input')}
      </label>
      <textarea
        id="message"
        rows={3}
        value={message}
        placeholder={t('playground.input.placeholder')}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {isBusy ? (
        <Button kind="danger" icon={<SquareFillIcon />} onClick={onStop}>
          {t('playground.stop')}
        </Button>
      ) : (
        <Button kind="primary" type="submit" icon={<PaperAirplaneIcon />} disabled={message.trim() === ''}>
          {t('playground.run')}
        </Button>
      )}
    </form>
  );
}
