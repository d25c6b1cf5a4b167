import { z } from 'zod';

/** The fields of each kind of source. Earlier releases read no citation without them, so a source that is no page has an empty address. */
const about = {
  url: z.string(),
  /** The page's title or the file's name. */
  title: z.string(),
};
const UrlSource = z.object({ type: z.literal('url').optional(), ...about });
const FileSource = z.object({ type: z.literal('file'), fileId: z.string(), ...about });
const ContainerFileSource = z.object({
  type: z.literal('container_file'),
  containerId: z.string(),
  fileId: z.string(),
  ...about,
});

/** The source of a part of a text: a web page, where `type` is left out, a file of the caller, or a file of a container. */
export const Source = z.discriminatedUnion('type', [UrlSource, FileSource, ContainerFileSource]);
export type Source = z.infer<typeof Source>;

const place = {
  startIndex: z.number().int().nonnegative(),
  endIndex: z.number().int().nonnegative(),
};

/** The source that a part of a text comes from. The part is given by its start and its end (exclusive) in the text. */
export const Citation = z.discriminatedUnion('type', [
  UrlSource.extend(place),
  FileSource.extend(place),
  ContainerFileSource.extend(place),
]);
export type Citation = z.infer<typeof Citation>;

/**
 * A source that the output of a call offers the model to cite. The model writes its mark in `【】`, which the engine replaces by a citation.
 * A mark is unique in a conversation.
 */
export const CitableSource = z.object({
  /** Four letters or digits for the call, a dash, and the number of the source in the call's output: `k3f9-1`. */
  mark: z.string().regex(/^[a-z0-9]{4}-[1-9]\d{0,2}$/),
  source: Source,
});
export type CitableSource = z.infer<typeof CitableSource>;
