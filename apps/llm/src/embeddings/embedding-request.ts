import { read } from '@antiphon/contracts';
import { z } from 'zod';
import { listOf } from '../http/list-of.ts';
import type { EmbeddingInput } from '../providers/embeddings.ts';

/** Requested embeddings. */
export interface DecodedEmbeddingRequest {
  model: string;
  input: EmbeddingInput;
  dimensions: number | null;
  encoding: 'float' | 'base64';
}

/** `POST /v1/embeddings` → the texts to embed. Unknown fields are ignored. Throws `invalid_request`. */
export function decodeEmbeddingRequest(body: unknown): DecodedEmbeddingRequest {
  const { model, input, dimensions, encoding_format: encoding } = read(EmbeddingBody, body);
  return {
    model,
    input: toInput(input),
    dimensions: dimensions ?? null,
    encoding: encoding ?? 'float',
  };
}

/** As in OpenAI's API. */
const inputsMax = 2048;

const Text = z.string().min(1, 'must not be empty');
const Token = z.number().int().nonnegative();
const someInputs = z.array(z.unknown()).min(1).max(inputsMax);
const Input = z.union(
  [
    Text,
    listOf(Text, someInputs),
    listOf(Token, someInputs),
    listOf(listOf(Token, z.array(z.unknown()).min(1)), someInputs),
  ],
  {
    error: `must be a text that is not empty, an array of 1 to ${inputsMax} of them, or tokens in the same way`,
  },
);

const EmbeddingBody = z.object(
  {
    model: z.string({ error: 'must be the name of a model' }).min(1, 'must be the name of a model'),
    input: Input,
    dimensions: z.number().int().positive().nullish(),
    encoding_format: z.enum(['float', 'base64'], { error: 'must be float or base64' }).nullish(),
  },
  { error: 'must be a JSON object' },
);

function toInput(input: z.infer<typeof Input>): EmbeddingInput {
  if (typeof input === 'string') return [input];
  // The union lets an array hold one kind only.
  return typeof input[0] === 'number' ? [input as number[]] : (input as EmbeddingInput);
}
