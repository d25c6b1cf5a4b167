import { type ContentPart, type JsonObject, missing, read, type RequestPath } from '@antiphon/contracts';
import { z } from 'zod';
import { decodePart } from '../../../common/content-part.ts';
import { ComputerAction } from '../../replies/client-calls.ts';
import { actionTool } from './action-tool.ts';

const actionsMax = 100;
const Actions = z.array(ComputerAction).min(1).max(actionsMax);
/** The preview has one action a call, its successor several. */
const Single = z.object({ action: ComputerAction });
const Several = z.object({ actions: Actions });
const Arguments = z.object({ action: ComputerAction.nullish(), actions: Actions.nullish() });

const Options = z.object({
  display_width: z.number().positive().nullish(),
  display_height: z.number().positive().nullish(),
  environment: z.string().max(64).nullish(),
});
const Output = z.object({
  output: z.object({ image_url: z.string().nullish(), file_id: z.string().nullish() }),
});

const number = { type: 'number' };
const action: JsonObject = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ComputerAction.options.map(({ shape }) => shape.type.value) },
    x: { ...number, description: 'click, double_click, move, scroll: pixels from the left.' },
    y: { ...number, description: 'click, double_click, move, scroll: pixels from the top.' },
    button: { type: 'string', enum: ['left', 'right', 'wheel', 'back', 'forward'] },
    keys: {
      type: 'array',
      items: { type: 'string' },
      description: 'keypress: the keys to press; with the mouse: the keys that are held.',
    },
    path: {
      type: 'array',
      items: { type: 'object', properties: { x: number, y: number }, required: ['x', 'y'] },
      description: 'drag: the points.',
    },
    scroll_x: number,
    scroll_y: number,
    text: { type: 'string', description: 'type: the text.' },
  },
  required: ['type'],
};

function objectWith(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** A screen with mouse and keyboard, which the caller's program has. */
export const computer = actionTool({
  kind: 'computer',
  types: ['computer', 'computer_use_preview', 'computer_use'],
  describe({ display_width: width, display_height: height, environment }) {
    const screen =
      typeof width === 'number' && typeof height === 'number' ? ` of ${width} x ${height} pixels` : '';
    const system = typeof environment === 'string' ? ` (${environment})` : '';
    return `Uses a computer${system} with a screen${screen}: mouse, keyboard and screenshots. Each call returns a picture of the screen after it. Begin with a screenshot.`;
  },
  options: Options,
  arguments: Arguments,
  narrow: ({ type }) =>
    type === 'computer'
      ? { arguments: Several, offered: objectWith({ actions: { type: 'array', items: action } }) }
      : { arguments: Single, offered: objectWith({ action }) },
  call: {
    type: 'computer_call',
    encode: (args) => ({
      ...(args?.action && { action: args.action }),
      ...(args?.actions && { actions: args.actions }),
      pending_safety_checks: [],
    }),
    decode(item, path) {
      const { action: single, actions } = read(Arguments, item, path);
      return actions ? { actions } : { action: single };
    },
  },
  output: {
    type: 'computer_call_output',
    decode: decodeScreenshot,
    encode: (output) => ({
      output: { type: 'computer_screenshot', ...encodeScreenshot(output) },
      acknowledged_safety_checks: [],
    }),
  },
});

function decodeScreenshot(item: unknown, path: RequestPath): ContentPart[] {
  const { image_url: url, file_id: fileId } = read(Output, item, path).output;
  if (!url && !fileId)
    throw missing(
      [...path, 'output', 'image_url'],
      'the model reads the screenshot; a "file_id" does as well',
    );
  return [decodePart({ type: 'input_image', image_url: url, file_id: fileId }, [...path, 'output'])];
}

function encodeScreenshot(output: string | readonly ContentPart[]): { image_url: string; file_id?: string } {
  const image = typeof output === 'string' ? undefined : output.find(({ type }) => type === 'image');
  if (image?.type !== 'image') return { image_url: '' };
  return { image_url: image.url, ...(image.fileId && { file_id: image.fileId }) };
}
