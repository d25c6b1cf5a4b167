import { describe, expect, it } from 'vitest';
import { providerError } from './provider-errors.ts';

const openAiShape = (message: string, more: object = {}) => ({ error: { message, ...more } });

describe('the sentence of a provider', () => {
  it.each([
    ['OpenAI', openAiShape('Bad value'), 'Bad value'],
    ['a text', { error: 'Bad value' }, 'Bad value'],
    ['no JSON', 'Bad value', 'Bad value'],
    ['an old vLLM', { object: 'error', message: 'Bad value', code: 400 }, 'Bad value'],
    [
      'FastAPI',
      { detail: [{ type: 'missing', loc: ['body', 'messages', 0, 'content'], msg: 'Field required' }] },
      'body.messages.0.content: Field required',
    ],
    ['FastAPI, in short', { detail: 'Bad value' }, 'Bad value'],
    [
      'Mistral',
      {
        object: 'error',
        message: {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'stream_options'],
              msg: 'Extra inputs are not permitted',
            },
            { type: 'extra_forbidden', loc: ['body', 'user'], msg: 'Extra inputs are not permitted' },
          ],
        },
        type: 'invalid_request_error',
      },
      'body.stream_options: Extra inputs are not permitted; body.user: Extra inputs are not permitted',
    ],
    ['Gemini', [{ error: { code: 400, message: 'Bad value', status: 'INVALID_ARGUMENT' } }], 'Bad value'],
    ['OpenRouter', openAiShape('Provider returned error', { metadata: { raw: 'Bad value' } }), 'Bad value'],
    ['JSON within JSON', { message: '{"message": "Bad value"}' }, 'Bad value'],
    ['Cloudflare', { errors: [{ code: 5006, message: 'Bad value' }], success: false }, 'Bad value'],
    [
      'a page',
      '<!DOCTYPE html><html><head><title>400 Bad Request</title></head><body>nginx</body></html>',
      '400 Bad Request',
    ],
    ['an event', 'data: {"error":{"message":"Bad value"}}', 'Bad value'],
  ])('is found in the shape of %s', (_shape, body, sentence) => {
    expect(providerError('Test', { status: 400, body })).toMatchObject({
      code: 'model_refused',
      message: sentence,
    });
    if (typeof body !== 'string')
      expect(providerError('Test', { status: 400, body: JSON.stringify(body) }).message).toBe(sentence);
  });

  it('is bounded, and a body without one gets our own', () => {
    expect(providerError('Test', { status: 400, body: 'x'.repeat(9_000) }).message.length).toBeLessThan(600);
    expect(providerError('Test', { status: 400, body: 'a\n\u0000b' }).message).toBe('a b');
    expect(providerError('Test', { status: 400, body: '' }).message).toBe(
      'The provider Test refused the request (400)',
    );
    expect(providerError('Test', { status: 500, body: {} }).message).toBe(
      'The provider Test failed with status 500',
    );
  });

  it.each([
    [
      'Incorrect API key provided: sk-proj-abc123****wxyz. See https://platform.openai.com/docs',
      'Incorrect API key provided: [removed]. See https://platform.openai.com/docs',
    ],
    [
      'Rate limit reached in organization org-Ab12Cd34Ef56Gh78 on requests',
      'Rate limit reached in organization [removed] on requests',
    ],
    ['Limit for organization `org_01hzk3v9q2e8x` reached', 'Limit for organization `[removed]` reached'],
    ['Project proj_Ab12Cd34Ef has no access to gpt-5', 'Project [removed] has no access to gpt-5'],
    ['The team 3f0c9a52-1111-4222-8333-0123456789ab has no access', 'The team [removed] has no access'],
    ['bad header Bearer abcdef0123456789', 'bad header [removed]'],
    ['Cannot connect to http://vllm-0.models.svc.cluster.local:8000/v1/chat', 'Cannot connect to [removed]'],
    ['Cannot connect to host 10.0.3.17:8000 ssl:default', 'Cannot connect to host [removed] ssl:default'],
    ['dial tcp [fd00::1:2:3:4]:8000: connection refused', 'dial tcp [removed]: connection refused'],
    ['upstream http://ollama:11434 is away', 'upstream [removed] is away'],
    ['connection to db01:5432 refused', 'connection to [removed] refused'],
    ['File "/usr/local/lib/python3.11/site-packages/vllm/engine.py" failed', 'File "[removed]" failed'],
    [
      'Model llama-3.1-70b-instruct-turbo has a limit of 131072 tokens: 16384 for output',
      'Model llama-3.1-70b-instruct-turbo has a limit of 131072 tokens: 16384 for output',
    ],
    ['No output for call_AbCdEf0123456789AbCdEf01', 'No output for call_AbCdEf0123456789AbCdEf01'],
    ['boom\nTraceback (most recent call last):\n  File "x.py", line 3\nValueError: no', 'boom'],
    ['TypeError: no\n    at handler (/app/server.js:1:1)', 'TypeError: no'],
  ])('is cleaned: %s', (said, sentence) => {
    expect(providerError('Test', { status: 400, body: openAiShape(said) }).message).toBe(sentence);
  });
});
