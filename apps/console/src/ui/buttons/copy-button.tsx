import { CheckIcon, CopyIcon } from '@primer/octicons-react';
import { useEffect, useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../button.tsx';

const shownMs = 2_000;

/** Copies a text, and says so for a moment. Pages without TLS have no clipboard, except on loopback: there is no button there. */
export function CopyButton({ text, label = t('copy') }: { text: string; label?: string }) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  if (!('clipboard' in navigator)) return null;
  return (
    <Button
      icon={isCopied ? <CheckIcon /> : <CopyIcon />}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setIsCopied(true))}
    >
      {isCopied ? t('copied') : label}
    </Button>
  );
}
