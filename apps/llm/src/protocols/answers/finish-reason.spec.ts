import { describe, expect, it } from 'vitest';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import { gravestReason, readFinishReason } from './finish-reason.ts';

describe('readFinishReason', () => {
  it.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['end_turn', 'stop'],
    ['eos', 'stop'],
    ['COMPLETE', 'stop'],
    ['tool_calls', 'tool_calls'],
    ['function_call', 'tool_calls'],
    ['toolCalls', 'tool_calls'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['MAX_TOKENS', 'length'],
    ['model_length', 'length'],
    ['content_filter', 'content_filter'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['sensitive', 'content_filter'],
  ])('reads %s as %s', (said, reason) => {
    expect(readFinishReason('test', said)).toBe(reason);
  });

  it.each([null, undefined, '', 'null', 7])('treats %j as no reason', (said) => {
    expect(readFinishReason('test', said)).toBeNull();
  });

  it.each([
    ...[
      'MALFORMED_FUNCTION_CALL',
      'UNEXPECTED_TOOL_CALL',
      'OTHER',
      'abort',
      'cancelled',
      'error',
      'network_error',
    ],
    ...['insufficient_system_resource', 'a word of tomorrow'],
  ])('fails at %s, and may be retried', (said) => {
    let thrown: unknown;
    try {
      readFinishReason('test', said);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'model_error', message: expect.stringContaining(said) as string });
    expect(isTransient(thrown)).toBe(true);
  });
});

describe('gravestReason', () => {
  it('ranks reasons of incomplete answers first', () => {
    expect(gravestReason(new Set(['stop', 'tool_calls']))).toBe('tool_calls');
    expect(gravestReason(new Set(['stop', 'length', 'tool_calls']))).toBe('length');
    expect(gravestReason(new Set())).toBeUndefined();
  });
});
