import type { Caller } from '@antiphon/contracts';
import type { FormBody, FormFile } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { FileParts, type NewPart, type PartRules } from '../parts/file-parts.ts';
import { readForm } from './form.ts';

export interface ReceivedPart {
  part: NewPart;
  file: Pick<FormFile, 'filename' | 'mimeType'>;
  fields: ReadonlyMap<string, string>;
}

/** Stores the file of a form as a part while it arrives. */
@Injectable()
export class PartReceiver {
  constructor(private readonly parts: FileParts) {}

  /** Gives the stored part to `use`. It is removed where that fails. Throws what `readForm`, `FileParts.write` and `use` throw. */
  async receive<Result>(
    caller: Caller,
    body: FormBody,
    rules: PartRules,
    use: (received: ReceivedPart) => Promise<Result>,
  ): Promise<Result> {
    // The form is longer than its file. Without a length the part reserves all that it may have.
    const expectedMax = lengthOf(body);
    const { fields, taken } = await readForm(body, rules.field, async ({ bytes, ...file }) => ({
      file,
      part: await this.parts.write(caller, bytes, { ...rules, expectedMax }),
    }));
    try {
      return await use({ ...taken, fields });
    } catch (error) {
      await this.parts.discard([taken.part.id]);
      throw error;
    }
  }
}

function lengthOf({ headers }: FormBody): number | undefined {
  const length = Number(headers['content-length']);
  return Number.isSafeInteger(length) && length > 0 ? length : undefined;
}
