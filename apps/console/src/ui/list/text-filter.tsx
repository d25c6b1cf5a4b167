import { useEffect, useRef, useState } from 'react';
import { Field } from '../field.tsx';

/** How long a filter's text must rest before it is searched for. */
const restMs = 300;

interface Props {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter by text. It searches when its user stops typing. */
export function TextFilter({ label, value = '', onChange }: Props) {
  const [text, setText] = useRested(value, (rested) => onChange(rested || undefined));
  return (
    <Field label={label}>
      <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
    </Field>
  );
}

/** A text that is reported once it rests. Another `value` replaces it. */
export function useRested(value: string, onRest: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const report = useRef(onRest);
  report.current = onRest;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => report.current(text), restMs);
    return () => clearTimeout(timer);
  }, [text, value]);
  return [text, setText];
}
