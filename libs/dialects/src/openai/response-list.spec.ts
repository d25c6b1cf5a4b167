import { AppError } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { decodeListQuery, encodeResponseList } from './response-list.ts';

it('reads filters, page and order', () => {
  expect(decodeListQuery({})).toEqual({
    statuses: null,
    model: null,
    conversationId: null,
    metadata: {},
    after: null,
    limit: 20,
    order: 'desc',
  });
  const query = { status: 'completed', model: 'm', conversation: 'conv_1', 'metadata[project]': 'x' };
  expect(decodeListQuery({ ...query, limit: '5', order: 'asc', after: 'resp_1', unknown: 'x' })).toEqual({
    statuses: ['requires_action', 'completed'],
    model: 'm',
    conversationId: 'conv_1',
    metadata: { project: 'x' },
    after: 'resp_1',
    limit: 5,
    order: 'asc',
  });
});

it.each([
  [{ status: 'done' }, 'status'],
  [{ status: ['failed', 'completed'] }, 'status'],
  [{ limit: '0' }, 'limit'],
  [{ limit: '101' }, 'limit'],
  [{ order: 'up' }, 'order'],
  [{ 'metadata[a]': ['x', 'y'] }, 'metadata[a]'],
  [{ metadata: 'x' }, 'metadata'],
  [{ [`metadata[${'k'.repeat(65)}]`]: 'x' }, 'metadata'],
])('refuses %o', (query, param) => {
  expect(() => decodeListQuery(query)).toThrow(
    expect.objectContaining({ code: 'invalid_request', param }) as AppError,
  );
});

it('encodes a page', () => {
  const [one, two] = [testResponse({ id: 'resp_1' }), testResponse({ id: 'resp_2' })];
  expect(encodeResponseList([one, two], { hasMore: true })).toMatchObject({
    object: 'list',
    data: [{ id: 'resp_1' }, { id: 'resp_2' }],
    first_id: 'resp_1',
    last_id: 'resp_2',
    has_more: true,
  });
});
