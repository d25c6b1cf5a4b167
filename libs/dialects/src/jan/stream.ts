import type { AppError, ErrorInfo, ResponseEvent } from '@antiphon/contracts';
import type { StreamEncoder } from '../dialect.ts';
import { spokenImages } from '../common/spoken-text.ts';
import { errorBody } from './errors.ts';

/** Writes text deltas, tool runs, the error of a failed run and the end mark. Other events are not written. */
export function openStream(): StreamEncoder {
  let hasEnded = false;
  return (event) => {
    if (hasEnded) return [];
    const end = endOf(event);
    if (end === null) return encodeProgress(event);
    hasEnded = true;
    return end;
  };
}

const doneFrame = 'data: [DONE]\n\n';

/** The last frames, where the event is the last. A pause ends the stream too: nothing follows it. */
function endOf(event: ResponseEvent): string[] | null {
  switch (event.type) {
    case 'response.completed':
    case 'response.incomplete':
    case 'response.requires_action':
      return [doneFrame];
    case 'response.failed':
      return [
        failureFrame(event.response.error ?? { code: 'internal', message: 'The run failed' }),
        doneFrame,
      ];
    case 'response.cancelled':
      return [failureFrame({ code: 'cancelled', message: 'The response was cancelled' }), doneFrame];
    default:
      return null;
  }
}

function encodeProgress(event: ResponseEvent): string[] {
  switch (event.type) {
    case 'text.delta':
    case 'refusal.delta':
      return [frame({ delta: { content: event.delta } })];
    case 'item.done': {
      const images = spokenImages(event.item);
      return images === '' ? [] : [frame({ delta: { content: images } })];
    }
    case 'tool.started':
      return [
        frame({
          tool_execution: {
            tool_name: event.name,
            status: 'started',
            depth: event.depth,
            call_id: event.callId,
          },
        }),
      ];
    case 'tool.finished':
      return [
        frame({
          tool_execution: {
            tool_name: event.name,
            status: event.status,
            execution_time_ms: Math.round(event.durationMs),
            depth: event.depth,
            call_id: event.callId,
          },
        }),
      ];
    default:
      return [];
  }
}

function failureFrame(error: ErrorInfo | AppError): string {
  return frame({ error: errorBody(error) });
}

function frame(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
