import { useEffect, useState } from 'react';
import { Field } from './field.tsx';

/** How long a filter's text must rest before it is searched for. */
const restMs = 300;

interface Props {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter by text. It searches when its user stops typing. A change of the address replaces its text. */
export function TextFilter({ label, value = '', onChange }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text || undefined), restMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Field label={label}>
      <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
    </Field>
  );
}
