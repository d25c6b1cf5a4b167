import { AppError, type IdKind, isId } from '@antiphon/contracts';
import { type EndpointSettings, webhookEventTypes } from '@antiphon/runtime';
import { z } from 'zod';

const nameLengthMax = 200;
const descriptionLengthMax = 2_000;
const urlLengthMax = 2_048;
const pageMax = 100;

const [anyEventType = '', ...otherEventTypes] = webhookEventTypes;
const EventTypes = z
  .array(z.enum([anyEventType, ...otherEventTypes]))
  .min(1, 'must name at least one event type')
  .max(webhookEventTypes.length)
  .transform((types) => [...new Set(types)]);

/** Unknown fields are ignored. */
export const EndpointChange = z
  .object({
    name: z.string().max(nameLengthMax),
    description: z.string().max(descriptionLengthMax).nullable(),
    url: z.string().max(urlLengthMax),
    event_types: EventTypes,
    enabled: z.boolean(),
  })
  .partial();
export const NewEndpoint = EndpointChange.required({ url: true });
/** The stock client's value names 24 hours; the operator sets the actual overlap. */
export const Rotation = z.object({ keep_old_secret_active_for_24_hours: z.boolean().default(true) });
export const Page = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(pageMax).default(20),
});

export function decodeEndpoint({ url, ...rest }: z.output<typeof NewEndpoint>): EndpointSettings {
  const defaults = { name: '', description: null, eventTypes: [...webhookEventTypes], isEnabled: true };
  return { ...defaults, url, ...decodeChange(rest) };
}

export function decodeChange({
  event_types,
  enabled,
  ...rest
}: z.output<typeof EndpointChange>): Partial<EndpointSettings> {
  return {
    ...rest,
    ...(event_types !== undefined && { eventTypes: event_types }),
    ...(enabled !== undefined && { isEnabled: enabled }),
  };
}

export function decodePage(
  kind: IdKind,
  { after, limit }: z.output<typeof Page>,
): { after: string | null; limit: number } {
  if (after !== undefined && !isId(kind, after))
    throw new AppError('invalid_request', 'after must be the id of the last entry of the previous page.', {
      param: 'after',
    });
  return { after: after ?? null, limit };
}
