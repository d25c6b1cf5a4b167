import type { JsonObject, ModelDelta, ThoughtOrigin } from '@antiphon/contracts';
import { asJson, isObject, type UnknownObject } from '../../../providers/json-object.ts';
import { WholeText } from '../../answers/whole-text.ts';

type Place = Pick<ThoughtOrigin, 'field' | 'sentAs'>;

/** The fields in which providers send the text of thoughts, and the origin that is stored for each. */
const fields: readonly { name: string; place: Place }[] = [
  { name: 'reasoning_content', place: { field: 'reasoning_content' } },
  { name: 'reasoning', place: { field: 'reasoning' } },
  // Copilot's name.
  { name: 'reasoning_text', place: { field: 'reasoning', sentAs: 'reasoning_text' } },
];

/** Texts of `reasoning_details` that come in pieces. */
const detailTexts = new Set(['text', 'summary', 'data']);

/** Reads thoughts: their text, and the data that is sent back to the provider with it. */
export class ThoughtReader {
  /** Received characters of thoughts. */
  length = 0;
  private readonly joiner = new WholeText();
  private readonly details: JsonObject[] = [];
  private origin: ThoughtOrigin | undefined;
  private hasNewDetails = false;
  /** Whether thoughts have a field for their text: their details then only repeat it. */
  private hasField = false;

  /** `account` is the account at the provider. */
  constructor(private readonly account: string) {}

  read(delta: UnknownObject, burst: ModelDelta[]): void {
    const hasField = this.readField(delta, burst);
    const details = delta['reasoning_details'];
    if (Array.isArray(details)) this.readDetails(details.filter(isObject), hasField, burst);
  }

  /** The text of the first field that is not empty. */
  private readField(delta: UnknownObject, burst: ModelDelta[]): boolean {
    for (const { name, place } of fields) {
      const text = delta[name];
      if (typeof text !== 'string' || text === '') continue;
      this.hasField = true;
      this.begin(place, burst);
      this.say(text, burst);
      return true;
    }
    return false;
  }

  private readDetails(pieces: readonly UnknownObject[], hasField: boolean, burst: ModelDelta[]): void {
    if (pieces.length === 0) return;
    // A thought may have no readable text.
    if (!hasField) this.begin({ field: 'reasoning' }, burst);
    if (!this.hasField) for (const piece of pieces) this.say(textOfDetail(piece), burst);
    for (const piece of pieces) this.addDetail(asJson(piece));
    this.hasNewDetails = true;
  }

  /** More of the text of a thought. */
  say(piece: string, burst: ModelDelta[]): void {
    this.push(this.joiner.push(piece), burst);
  }

  /** Ends a thought: passes on the rest of it, with its details. */
  end(burst: ModelDelta[]): void {
    this.push(this.joiner.end(), burst);
    if (this.origin === undefined || !this.hasNewDetails) return;
    this.hasNewDetails = false;
    const details = structuredClone(this.details);
    burst.push({ type: 'reasoning_origin', origin: { ...this.origin, details } });
  }

  private push(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.length += text.length;
    burst.push({ type: 'reasoning', text });
  }

  private begin(place: Place, burst: ModelDelta[]): void {
    if (this.origin !== undefined) return;
    this.origin = { provider: this.account, ...place };
    burst.push({ type: 'reasoning_origin', origin: this.origin });
  }

  /** Details come in pieces as well: pieces with one index, type and id are one detail, whose texts are joined. */
  private addDetail(piece: JsonObject): void {
    const open = this.details.findLast((detail) => isSameDetail(detail, piece));
    if (open === undefined) {
      this.details.push(piece);
      return;
    }
    for (const [name, value] of Object.entries(piece)) {
      const before = open[name];
      const isMore = detailTexts.has(name) && typeof before === 'string' && typeof value === 'string';
      if (value !== null) open[name] = isMore ? before + value : value;
    }
  }
}

/** A piece without an id continues the detail with its index; two ids are two thoughts. */
function isSameDetail(detail: JsonObject, piece: JsonObject): boolean {
  const id = detail['id'] ?? null;
  const other = piece['id'] ?? null;
  return (
    detail['index'] === piece['index'] &&
    detail['type'] === piece['type'] &&
    (id === null || other === null || id === other)
  );
}

function textOfDetail(detail: UnknownObject): string {
  const text = detail['text'] ?? detail['summary'];
  return typeof text === 'string' ? text : '';
}
