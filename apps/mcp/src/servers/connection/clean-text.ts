/** Everything that is not seen: control and format characters, private and unassigned ones, halves of pairs. */
const unseen = /(?![\n\t])\p{C}/gu;

/** Text of an outside server as a model may read it: nothing in it is hidden from a human who looks at it, and it is bounded. */
export function cleanText(text: string, charactersMax: number): string {
  const bounded = text.length > charactersMax * 4 ? text.slice(0, charactersMax * 4) : text;
  const clean = bounded.toWellFormed().replaceAll('\r\n', '\n').replace(unseen, '').trim();
  return clean.length <= charactersMax ? clean : `${clean.slice(0, charactersMax - 1).toWellFormed()}…`;
}

/** Output of a tool: controls that steer a terminal or end a string have no place in it; everything else is the tool's business. */
export function cleanOutput(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}
