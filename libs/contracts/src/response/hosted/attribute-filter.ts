import { z } from 'zod';

/** A value of a file's attribute. */
export const AttributeValue = z.union([z.string().max(512), z.number(), z.boolean()], {
  error: 'must be a string of at most 512 characters, a number or a boolean',
});
export type AttributeValue = z.infer<typeof AttributeValue>;

const filterDepthMax = 4;
const filtersMax = 32;
const Key = z.string().min(1).max(64);

const Comparison = z.object({
  type: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']),
  key: Key,
  value: AttributeValue,
});
const Membership = z.object({
  type: z.enum(['in', 'nin']),
  key: Key,
  value: z
    .array(z.union([z.string().max(512), z.number()]))
    .min(1)
    .max(100),
});

/**
 * A condition on the attributes of files, in the words of OpenAI's API: comparisons, and `and` and `or` of at most 4 levels. A file without the
 * attribute satisfies `ne` and `nin` only. Values of different types are neither equal nor ordered.
 */
export type AttributeFilter =
  | z.infer<typeof Comparison>
  | z.infer<typeof Membership>
  | { type: 'and' | 'or'; filters: AttributeFilter[] };
export const AttributeFilter: z.ZodType<AttributeFilter> = filterOf(filterDepthMax);

function filterOf(levels: number): z.ZodType<AttributeFilter> {
  if (levels === 0) return z.discriminatedUnion('type', [Comparison, Membership]);
  const filters = z
    .array(filterOf(levels - 1))
    .min(1)
    .max(filtersMax);
  const Compound = z.object({ type: z.enum(['and', 'or']), filters });
  return z.discriminatedUnion('type', [Comparison, Membership, Compound]);
}
