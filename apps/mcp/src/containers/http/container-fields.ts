import { Readable } from 'node:stream';
import { decoded, decodedBy, MemoryLimit, read, refusal } from '@antiphon/contracts';
import { type FormBody, formOf } from '@antiphon/service-kit';
import { z } from 'zod';
import type { ContainerLimits } from '../container-limits.ts';

/** The network of containers: none. */
export const NetworkPolicy = z.object({
  type: z.literal('disabled', { error: 'must be disabled: containers have no network' }),
});

/** The fields of a new container. */
export function newContainerOf({ idleMinutesMax, data }: ContainerLimits) {
  return z.object({
    name: z.string().min(1).max(256),
    file_ids: z.array(z.string().max(64)).max(data.filesMax).nullish(),
    expires_after: z
      .object({ anchor: z.literal('last_active_at'), minutes: z.int().min(1).max(idleMinutesMax) })
      .nullish(),
    memory_limit: MemoryLimit.nullish(),
    network_policy: NetworkPolicy.nullish(),
    skills: z.array(z.unknown()).max(0, 'must be empty: containers have no skills').nullish(),
  });
}

export function decodeNewContainer(body: z.output<ReturnType<typeof newContainerOf>>) {
  return {
    name: body.name,
    idleMinutes: body.expires_after?.minutes ?? null,
    memoryLimit: body.memory_limit ?? null,
    fileIds: body.file_ids ?? [],
  };
}

const limit = 'must be a whole number from 1 to 100';
const page = {
  after: z.string().max(64).optional(),
  limit: z.coerce.number({ error: limit }).int(limit).min(1, limit).max(100, limit).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
};

export const containersQuery = decoded(
  z.object({ ...page, name: z.string().max(256).optional() }),
  ({ after, name, ...rest }) => ({ ...rest, after: after ?? null, name: name ?? null }),
);
export const containerFilesQuery = decoded(z.object(page), ({ after, ...rest }) => ({
  ...rest,
  after: after ?? null,
}));

const bytes = z.string().meta({ format: 'binary' });
/** A file as a form, or the id of a file of `/v1/files` as a form's field or in JSON. */
export const ContainerFileForm = z.object({ file: bytes.optional(), file_id: z.string().max(64).optional() });
const form = formOf(ContainerFileForm);

/** The form with a file, or the id of the file to copy. */
export const newContainerFile = decodedBy(
  ContainerFileForm,
  (value, request): { form: FormBody } | { fileId: string } => {
    if (value instanceof Readable) return { form: form.decode(value, request) };
    const { file_id: fileId } = read(ContainerFileForm.pick({ file_id: true }), value);
    if (fileId === undefined)
      throw refusal(['file'], 'must be sent as multipart/form-data, or file_id must name a file');
    return { fileId };
  },
);
