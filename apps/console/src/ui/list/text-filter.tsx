import { Field } from '../field.tsx';
import { useRestedText } from '../use-rested.ts';

interface Props {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter by text. It searches when its user stops typing. */
export function TextFilter({ label, value = '', onChange }: Props) {
  const [text, setText] = useRestedText(value, (rested) => onChange(rested || undefined));
  return (
    <Field label={label}>
      <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
    </Field>
  );
}
