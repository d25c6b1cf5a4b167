import type { AppError, ErrorInfo, ResponseEvent } from '@antiphon/contracts';
import type { StreamEncoder } from '../dialect.ts';
import { spokenImages } from '../common/spoken-text.ts';
import { errorBody } from './errors.ts';

/** Text deltas, tool runs, a failure's last words and the end mark. All else that happens is silent. */
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

/** The last frames, where the event is the last; a pause is an end too, since nothing follows it on this stream. */
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
