import { read, refusal } from '@antiphon/contracts';
import { z } from 'zod';

const purposes = ['assistants', 'user_data', 'vision'] as const;

/** Purposes that only belong to OpenAI APIs which this server does not have. */
const missingApis: Readonly<Record<string, string>> = {
  batch: 'Batch API',
  'fine-tune': 'fine-tuning API',
  evals: 'Evals API',
};

export const Purpose = z.enum(purposes, {
  error: ({ input }) => {
    if (input === undefined) return 'is required';
    const api = typeof input === 'string' ? missingApis[input] : undefined;
    return `must be ${purposes.join(', ')}${api === undefined ? '' : `: this server has no ${api}`}`;
  },
});

export const ExpiresAfter = z.object({
  anchor: z.literal('created_at'),
  seconds: z.coerce.number().int().min(3_600).max(2_592_000),
});

/** The fields of a form that creates a file; `expires_after` is written as `expires_after[anchor]` and `expires_after[seconds]`. */
export const FileFields = z.object({ purpose: Purpose, expires_after: ExpiresAfter.optional() });

/** Throws `invalid_request`. */
export function decodeFileFields(fields: ReadonlyMap<string, string>) {
  const expiry = [...fields].flatMap(([name, value]) => {
    const key = /^expires_after\[(\w{1,32})\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value] as const];
  });
  if (fields.has('expires_after'))
    throw refusal(['expires_after'], 'must be given as expires_after[anchor] and expires_after[seconds]');
  const { purpose, expires_after } = read(FileFields, {
    purpose: fields.get('purpose'),
    ...(expiry.length > 0 && { expires_after: Object.fromEntries(expiry) }),
  });
  return { purpose, expiresAfterSeconds: expires_after?.seconds ?? null };
}

const limit = 'must be a whole number from 1 to 10000';

export const FilesQuery = z.object({
  after: z.string().optional(),
  limit: z.coerce.number({ error: limit }).int(limit).min(1, limit).max(10_000, limit).default(10_000),
  order: z.enum(['asc', 'desc']).default('desc'),
  purpose: z.string().max(64).optional(),
});

export function decodeFilesQuery({ after, purpose, ...page }: z.output<typeof FilesQuery>) {
  return { ...page, after: after ?? null, purpose: purpose ?? null };
}
