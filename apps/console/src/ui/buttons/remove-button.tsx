import { TrashIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { Button } from '../button.tsx';

interface Props {
  label: string;
  /** What the second click does, in words. */
  really: string;
  keep: string;
  isPending: boolean;
  onRemove: () => void;
}

/** Removes something, which takes a second click. */
export function RemoveButton({ label, really, keep, isPending, onRemove }: Props) {
  const [isAsking, setIsAsking] = useState(false);
  if (!isAsking)
    return (
      <Button kind="danger" icon={<TrashIcon />} onClick={() => setIsAsking(true)}>
        {label}
      </Button>
    );
  return (
    <>
      <Button kind="danger" autoFocus disabled={isPending} onClick={onRemove}>
        {really}
      </Button>
      <Button onClick={() => setIsAsking(false)}>{keep}</Button>
    </>
  );
}
