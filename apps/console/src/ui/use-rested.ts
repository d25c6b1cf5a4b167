import { useEffect, useRef, useState } from 'react';

/** How long something must rest before it is searched for or checked. */
const restMs = 300;

/** The value once it has not changed for a moment. */
export function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

/** A text that is typed, and reported once it rests. Another `value` replaces it. */
export function useRestedText(
  value: string,
  onRest: (text: string) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const rested = useRested(text);
  const latest = useRef({ value, onRest });
  latest.current = { value, onRest };
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (rested !== latest.current.value) latest.current.onRest(rested);
  }, [rested]);
  return [text, setText];
}
