import { PaperAirplaneIcon, PaperclipIcon, SquareFillIcon } from '@primer/octicons-react';
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, useRef, useState } from 'react';
import { t } from '../i18n/t.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { AttachmentList } from './attachments/attachment-list.tsx';
import type { Attachments } from './attachments/attachments.ts';
import styles from './composer.module.css';

interface Props {
  message: string;
  onChange: (message: string) => void;
  attachments: Attachments;
  /** Whether the message is on its way: it can be stopped, but not changed. */
  isSending: boolean;
  isBusy: boolean;
  /** Whether there is something to run that is complete. */
  canRun: boolean;
  onRun: () => void;
  onStop: () => void;
}

/**
 * Where the user writes, and pastes, drops or picks images and files. Enter sends, Shift+Enter makes a line; Enter that ends a composition of an input
 * method does not send.
 */
export function Composer({
  message,
  onChange,
  attachments,
  isSending,
  isBusy,
  canRun,
  onRun,
  onStop,
}: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const canStop = isSending || isBusy;
  const run = () => {
    if (canRun && !canStop) onRun();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    run();
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attachments.add(event.clipboardData.files);
  };
  const onDrop = (event: DragEvent) => {
    setIsOver(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    attachments.add(event.dataTransfer.files);
  };
  return (
    <form
      className={styles['composer']}
      data-over={isOver}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
      onPaste={onPaste}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <AttachmentList attachments={attachments} />
      <label className="visually-hidden" htmlFor="message">
        {t('playground.input')}
      </label>
      <textarea
        id="message"
        rows={3}
        value={message}
        readOnly={isSending}
        placeholder={t('playground.input.placeholder')}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles['bar']}>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={({ target }) => {
            attachments.add(target.files ?? []);
            target.value = '';
          }}
        />
        <IconButton
          label={t('attachment.add')}
          icon={<PaperclipIcon />}
          onClick={() => picker.current?.click()}
        />
        {canStop ? (
          // A button of its own: the click that stops would submit a button that becomes Run meanwhile.
          <Button key="stop" kind="danger" icon={<SquareFillIcon />} onClick={onStop}>
            {t('playground.stop')}
          </Button>
        ) : (
          <Button key="run" kind="primary" type="submit" icon={<PaperAirplaneIcon />} disabled={!canRun}>
            {t('playground.run')}
          </Button>
        )}
      </div>
    </form>
  );
}

/** The code of a key that an input method takes. Safari ends a composition before the Enter that ended it. */
const inputMethodKey = 229;

function isComposing({ nativeEvent }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === inputMethodKey;
}
