import { z } from 'zod';
import { runErrorCodes } from '../errors.ts';
import { CommandOutputs } from './client-calls.ts';
import { ResponseError } from './error.ts';
import { Annotation, ContentPart, Item, logprobs, ReasoningText, SummaryText } from './item.ts';
import { Response } from './response.ts';

const ofItem = { item_id: z.string(), output_index: z.int().nonnegative() };
const ofPart = { ...ofItem, content_index: z.int().nonnegative() };
const ofCommand = { output_index: z.int().nonnegative(), command_index: z.int().nonnegative() };
const ofSummary = { ...ofItem, summary_index: z.int().nonnegative() };

const eventFields = {
  'response.created': { response: Response },
  'response.queued': { response: Response },
  'response.in_progress': { response: Response },
  'response.completed': { response: Response },
  'response.incomplete': { response: Response },
  'response.failed': { response: Response },
  'response.output_item.added': { output_index: z.int().nonnegative(), item: Item },
  'response.output_item.done': { output_index: z.int().nonnegative(), item: Item },
  'response.content_part.added': { ...ofPart, part: z.union([ContentPart, ReasoningText]) },
  'response.content_part.done': { ...ofPart, part: z.union([ContentPart, ReasoningText]) },
  'response.output_text.delta': { ...ofPart, delta: z.string(), logprobs },
  'response.output_text.done': { ...ofPart, text: z.string(), logprobs },
  'response.output_text.annotation.added': {
    ...ofPart,
    annotation_index: z.int().nonnegative(),
    annotation: Annotation,
  },
  'response.refusal.delta': { ...ofPart, delta: z.string() },
  'response.refusal.done': { ...ofPart, refusal: z.string() },
  'response.reasoning_text.delta': { ...ofPart, delta: z.string() },
  'response.reasoning_text.done': { ...ofPart, text: z.string() },
  'response.reasoning_summary_part.added': { ...ofSummary, part: SummaryText },
  'response.reasoning_summary_part.done': { ...ofSummary, part: SummaryText },
  'response.reasoning_summary_text.delta': { ...ofSummary, delta: z.string() },
  'response.reasoning_summary_text.done': { ...ofSummary, text: z.string() },
  'response.function_call_arguments.delta': { ...ofItem, delta: z.string() },
  'response.function_call_arguments.done': { ...ofItem, name: z.string(), arguments: z.string() },
  'response.compaction.compacting': ofItem,
  'response.mcp_list_tools.in_progress': ofItem,
  'response.mcp_list_tools.completed': ofItem,
  'response.mcp_list_tools.failed': ofItem,
  'response.mcp_call.in_progress': ofItem,
  'response.mcp_call.completed': ofItem,
  'response.mcp_call.failed': ofItem,
  'response.mcp_call_arguments.delta': { ...ofItem, delta: z.string() },
  'response.mcp_call_arguments.done': { ...ofItem, arguments: z.string() },
  'response.shell_call_command.added': { ...ofCommand, command: z.string() },
  'response.shell_call_command.delta': { ...ofCommand, delta: z.string() },
  'response.shell_call_command.done': { ...ofCommand, command: z.string() },
  'response.shell_call_output_content.delta': {
    ...ofCommand,
    item_id: z.string(),
    delta: z.looseObject({ stdout: z.string().optional(), stderr: z.string().optional() }),
  },
  'response.shell_call_output_content.done': { ...ofCommand, item_id: z.string(), output: CommandOutputs },
  'response.custom_tool_call_input.delta': { ...ofItem, delta: z.string() },
  'response.custom_tool_call_input.done': { ...ofItem, input: z.string() },
  'response.file_search_call.in_progress': ofItem,
  'response.file_search_call.searching': ofItem,
  'response.file_search_call.completed': ofItem,
  'response.web_search_call.in_progress': ofItem,
  'response.web_search_call.searching': ofItem,
  'response.web_search_call.completed': ofItem,
  'response.image_generation_call.in_progress': ofItem,
  'response.image_generation_call.generating': ofItem,
  'response.image_generation_call.partial_image': {
    ...ofItem,
    partial_image_b64: z.string(),
    partial_image_index: z.int().nonnegative(),
    output_format: z.string(),
    size: z.string().optional(),
    quality: z.string().optional(),
    background: z.string().optional(),
  },
  'response.image_generation_call.completed': ofItem,
  'response.code_interpreter_call.in_progress': ofItem,
  'response.code_interpreter_call.interpreting': ofItem,
  'response.code_interpreter_call.completed': ofItem,
  'response.code_interpreter_call_code.delta': { ...ofItem, delta: z.string() },
  'response.code_interpreter_call_code.done': { ...ofItem, code: z.string() },
  /** Precedes `response.failed`. It has the error in both shapes, since clients read either one. */
  error: {
    code: z.enum(runErrorCodes),
    message: z.string(),
    param: z.string().nullable(),
    retry_after: z.int().nonnegative().optional(),
    error: ResponseError.extend({
      param: z.string().nullable(),
      retry_after: z.int().nonnegative().optional(),
    }),
  },
};

export const eventTypes: readonly string[] = Object.keys(eventFields);

function eventSchema(type: string, fields: z.ZodRawShape) {
  return z.looseObject({ type: z.literal(type), sequence_number: z.int().nonnegative(), ...fields });
}

/** One event of a stream. */
export const StreamEvent = z.union(
  Object.entries(eventFields).map(([type, fields]) => eventSchema(type, fields)),
);
