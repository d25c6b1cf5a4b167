import { z } from 'zod';

/**
 * An array whose entries are checked up to the first invalid one: of a body with a hundred thousand invalid entries one is named, and the
 * others cost nothing. `bounds` are those of the array.
 */
export function listOf<Entry extends z.ZodType>(entry: Entry, bounds = z.array(z.unknown())) {
  return bounds.transform((values, context): z.output<Entry>[] => {
    const entries: z.output<Entry>[] = [];
    for (const [index, value] of values.entries()) {
      const { success, data, error } = entry.safeParse(value);
      if (!success) {
        for (const issue of error.issues) context.addIssue({ ...issue, path: [index, ...issue.path] });
        return z.NEVER;
      }
      entries.push(data);
    }
    return entries;
  });
}
