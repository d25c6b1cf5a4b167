import { AppError, refusal } from '@antiphon/contracts';
import { type FormBody, type FormFile, receiveForm } from '@antiphon/service-kit';

const formLimits = { partsMax: 16, fieldBytesMax: 1_024 };

/**
 * Reads a form with one file: gives it, the field `fileField`, to `take` while it arrives. Returns the text fields. Throws `invalid_request` for
 * a form that has no file or several, and what `receiveForm` and `take` throw.
 */
export async function readForm<Taken>(
  body: FormBody,
  fileField: string,
  take: (file: FormFile) => Promise<Taken>,
): Promise<{ fields: ReadonlyMap<string, string>; taken: Taken }> {
  let taken: Promise<Taken> | null = null;
  const fields = await receiveForm(body, formLimits, async (name, file) => {
    if (name !== fileField) throw refusal([name], `must not be a file: send it as ${fileField}`);
    if (taken !== null) throw refusal([name], 'must be given once');
    taken = take(file);
    await taken;
  });
  const file = taken as Promise<Taken> | null; // it was set by the function above, which the compiler does not follow
  if (file !== null) return { fields, taken: await file };
  throw new AppError('invalid_request', `${fileField} is required: a file`, { param: fileField });
}
