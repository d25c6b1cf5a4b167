import {
  costOf,
  type EndedData,
  isFinal,
  lastAnswered,
  type NewEvent,
  newEvent,
  type Response,
  responseCreated,
  type ResponseData,
  responseMoved,
  type ResponseEvent,
  toolExecuted,
  usageRecorded,
} from '@antiphon/contracts';

/* The outbox events of a response. They carry ids and figures, and no text of callers, models or tools. */

/** The events of a new response: its creation, and the status that it is stored with. */
export function createdEvents(response: Response): NewEvent[] {
  return [newEvent(responseCreated, dataOf(response)), ...movedEvents(response)];
}

/** The events of a response that has moved to its present status. */
export function movedEvents(response: Response): NewEvent[] {
  const { status } = response;
  if (isFinal(status)) return [newEvent(responseMoved[status], endedData(response)), usageEvent(response)];
  if (status !== 'requires_action') return [newEvent(responseMoved[status], dataOf(response))];
  return [
    newEvent(responseMoved.requires_action, { ...dataOf(response), pendingCalls: pendingCallsOf(response) }),
  ];
}

/** The usage of a response. Of an unstored response it is the only event, and has no id. */
export function usageEvent(response: Response): NewEvent {
  const { id, userId, tenantId, dialect, status, createdAt, usage, stored, turns, rights } = response;
  return newEvent(usageRecorded, {
    recordId: stored ? id : crypto.randomUUID(),
    responseId: stored ? id : null,
    userId,
    tenantId,
    keyId: rights?.keyId ?? null,
    dialect,
    model: response.modelUsed,
    requestedModel: response.model,
    provider: lastAnswered(turns)?.provider ?? null,
    status,
    createdAt,
    usage,
    costUsd: costOf(turns),
    toolCalls: toolCallsOf(response),
  });
}

/** The tool calls that returned in a burst; `response` is the response after the burst. */
export function toolEvents(burst: readonly ResponseEvent[], response: Response): NewEvent[] {
  const { id: responseId, userId, tenantId, output } = response;
  return burst.flatMap((event) => {
    if (event.type !== 'tool.finished') return [];
    const { itemId, name: tool, depth, status, durationMs } = event;
    const call = output[event.index];
    const errorCode = call?.type === 'function_call' ? (call.error?.code ?? null) : null;
    return [
      newEvent(toolExecuted, {
        responseId,
        itemId,
        userId,
        tenantId,
        tool,
        depth,
        status,
        errorCode,
        durationMs,
      }),
    ];
  });
}

/**
 * The same as `movedEvents` for rows of `responses.responses` that a statement has just claimed, as an SQL expression over their columns:
 * a claim is one statement.
 */
export const claimedEventSql = `json_build_object(
    'subject', '${responseMoved.in_progress.subject}', 'version', ${responseMoved.in_progress.version},
    'data', json_build_object('responseId', id, 'userId', user_id, 'tenantId', tenant_id,
                              'dialect', body->>'dialect', 'background', background))`;

function dataOf({ id, userId, tenantId, dialect, background }: Response): ResponseData {
  return { responseId: id, userId, tenantId, dialect, background };
}

function endedData(response: Response): EndedData {
  const { createdAt, completedAt, cancelledAt, modelUsed, usage, error, incompleteReason } = response;
  return {
    ...dataOf(response),
    model: modelUsed,
    usage,
    toolCalls: toolCallsOf(response),
    durationMs: Math.max(0, (completedAt ?? cancelledAt ?? createdAt) - createdAt),
    errorCode: error?.code ?? null,
    incompleteReason,
  };
}

function toolCallsOf({ output }: Response): number {
  return output.filter((item) => item.type === 'function_call').length;
}

function pendingCallsOf({ output }: Response): number {
  return output.filter((item) => item.type === 'function_call' && item.state.startsWith('pending')).length;
}
