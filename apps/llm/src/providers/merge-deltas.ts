import type { ModelDelta } from '@antiphon/contracts';

/**
 * The same answer in fewer deltas: adjacent text, refusals, thoughts and arguments of one call become one delta. Images, citations, calls
 * and ends keep their places. An origin of a thought replaces an earlier one where only the thought's text is between them, since the last one
 * counts.
 */
export function mergeDeltas(deltas: readonly ModelDelta[]): ModelDelta[] {
  const merged: ModelDelta[] = [];
  for (const delta of deltas) if (!isEmpty(delta) && !mergeInto(merged, delta)) merged.push(copyOf(delta));
  return merged;
}

/** An empty delta, which readers of an answer skip. */
function isEmpty(delta: ModelDelta): boolean {
  return 'text' in delta && delta.text === '' && !('images' in delta);
}

function copyOf(delta: ModelDelta): ModelDelta {
  return delta.type === 'text' && delta.logprobs ? { ...delta, logprobs: [...delta.logprobs] } : { ...delta };
}

/** Adds a delta to the last of `merged`, which are copies. False: it begins a new delta. */
function mergeInto(merged: ModelDelta[], delta: ModelDelta): boolean {
  const last = merged.at(-1);
  if (last === undefined) return false;
  switch (delta.type) {
    case 'text':
      if (last.type !== 'text' || last.images || delta.images) return false;
      last.text += delta.text;
      if (delta.logprobs) (last.logprobs ??= []).push(...delta.logprobs);
      return true;
    case 'refusal':
      if (last.type !== 'refusal') return false;
      last.text += delta.text;
      return true;
    case 'reasoning': {
      const before = last.type === 'reasoning_origin' ? merged.at(-2) : last;
      if (before?.type !== 'reasoning') return false;
      before.text += delta.text;
      return true;
    }
    case 'reasoning_origin':
      if (last.type !== 'reasoning_origin') return false;
      last.origin = delta.origin;
      return true;
    case 'arguments':
    case 'hosted_arguments':
      if (last.type !== delta.type || last.call !== delta.call) return false;
      last.text += delta.text;
      return true;
    case 'hosted_progress':
      if (last.type !== 'hosted_progress' || last.call !== delta.call) return false;
      if (delta.detail) last.detail = delta.detail;
      return true;
    case 'hosted_result':
      // The detail of the result replaces it, which may be an image.
      if (last.type === 'hosted_progress' && last.call === delta.call) delete last.detail;
      return false;
    default:
      return false;
  }
}
