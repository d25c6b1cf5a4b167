import { describe, expect, it } from 'vitest';
import { scenario } from '../scenario.ts';
import { documentedSystem, idOf, uncalled } from './documented-system.ts';

const { api, token } = await documentedSystem();

describe('prompts', () => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`prompts.${name}`, { token, ...options });
  const content = { name: 'Teacher', model: 'gpt-scripted', system_prompt: 'You teach {{ topic }}.' };
  const variables = { topic: 'physics' };

  scenario('docs-replies', 'answer as documented', async () => {
    const created = await call('create', { body: content });
    const parameters = { id: idOf(created), version: '1' };
    const statuses = [
      created,
      await call('update', { parameters, body: { system_prompt: 'You know {{ topic }}.' } }),
      await call('list', { query: '?limit=1' }),
      await call('retrieve', { parameters, query: '?version=1' }),
      await call('listVersions', { parameters }),
      await call('diff', { parameters, query: '?from=1&to=2' }),
      await call('setDefault', { parameters, body: { version: '2' } }),
      await call('archiveVersion', { parameters }),
      await call('render', { parameters, body: { variables } }),
      await call('preview', { body: { ...content, variables } }),
      await call('check', { body: content }),
      await call('copy', { parameters, body: { name: 'Another' } }),
      await call('listChanges', { parameters }),
      await call('delete', { parameters }),
    ].map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  scenario('docs-replies', 'refuse as documented', async () => {
    const parameters = { id: 'prompt_unknown', version: '1' };
    const refusals = [
      await call('create', { body: { ...content, system_prompt: '{{ topic' } }),
      await call('preview', { body: { ...content, system_prompt: '{{ topic' } }),
      await call('check', { body: { ...content, system_prompt: '{{ topic' } }),
      await call('list', { query: '?limit=0' }),
      await call('update', { parameters, body: { name: 'Other' } }),
      await call('retrieve', { parameters }),
      await call('listVersions', { parameters }),
      await call('diff', { parameters }),
      await call('setDefault', { parameters, body: { version: '2' } }),
      await call('archiveVersion', { parameters }),
      await call('render', { parameters, body: {} }),
      await call('copy', { parameters, body: {} }),
      await call('listChanges', { parameters }),
      await call('delete', { parameters }),
    ].map(({ status }) => status);
    expect(refusals).toEqual([400, 400, 400, 400, ...Array<number>(10).fill(404)]);
  });
});

it('covered every operation, with success and with an error', () => {
  expect(uncalled(api, 'prompts')).toEqual({ good: [], bad: [] });
});
