import type { TextFormat } from '@antiphon/contracts';

/** An instruction to answer in JSON, for a model whose API cannot constrain its answer. Null: the answer is text. */
export function formatInstruction(format: TextFormat): string | null {
  switch (format.type) {
    case 'text':
      return null;
    case 'json_object':
      return 'Answer with a JSON object and nothing else: no code fence, no comment.';
    case 'json_schema': {
      const description = format.description ? `${format.description}\n` : '';
      return `Answer with JSON that fits this JSON Schema, and nothing else: no code fence, no comment.\n${description}${JSON.stringify(format.schema)}`;
    }
  }
}
