import { z } from 'zod';
import { CodeInterpreterDetail, CodeInterpreterTool } from './code-interpreter.ts';
import { FileSearchDetail, FileSearchTool } from './file-search.ts';
import { ImageGenerationDetail, ImageGenerationTool } from './image-generation.ts';
import { ToolSearchTool } from './tool-search.ts';
import { ShellDetail, ShellTool } from './shell.ts';
import { WebSearchDetail, WebSearchTool } from './web-search.ts';

/**
 * A tool type of the API that the server runs, as a request declares it. The model is offered the functions of the tool, and the dialect shows
 * their calls as the items of the type. `options` are the request's settings in neutral form, `declared` is the tool as the caller sent
 * it, for the echo.
 */
export const HostedTool = z.discriminatedUnion('kind', [
  WebSearchTool,
  FileSearchTool,
  CodeInterpreterTool,
  ImageGenerationTool,
  ToolSearchTool,
  ShellTool,
]);
export type HostedTool = z.infer<typeof HostedTool>;

export const HostedKind = z.enum(HostedTool.options.map(({ shape }) => shape.kind.value));
export type HostedKind = z.infer<typeof HostedKind>;

/** The hosted tool of one kind. */
export type HostedToolOf<Kind extends HostedKind> = Extract<HostedTool, { kind: Kind }>;

/** The result of a hosted tool's call for the caller's item, beside the output that the model reads. */
export const CallDetail = z.discriminatedUnion('kind', [
  WebSearchDetail,
  FileSearchDetail,
  CodeInterpreterDetail,
  ImageGenerationDetail,
  ShellDetail,
]);
export type CallDetail = z.infer<typeof CallDetail>;

/** The detail of one kind. */
export type CallDetailOf<Kind extends HostedKind> = Extract<CallDetail, { kind: Kind }>;
