import { text, toolCall } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { scenario } from '../scenario.ts';
import { documentedSystem, idOf, uncalled, unknownId } from './documented-system.ts';

const { api, token, system, provider } = await documentedSystem();
const call = (operation: string, options: Parameters<typeof api.call>[1] = {}) =>
  api.call(operation, { token, ...options });

scenario('docs-replies', 'runs and approvals answer and refuse as documented', async () => {
  const url = `${system.web.url}/api`;
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length > 0 ? [text('Done.')] : [toolCall('put_http_requests', { url }, { id: 'call_1' })];
  const body = { input: 'Put', stream: 'off', disable_cache: true };
  const run = { id: idOf(await call('agent.createResponse', { body })), call_id: 'call_1' };
  const listed = await call('approvals.listApprovals', { query: '?limit=1' });
  const approval = { id: (JSON.parse(listed.text) as { data: { id: string }[] }).data[0]?.id ?? '' };
  const decision = { action: 'feedback', message: 'Not now' };
  const answers = [
    await call('approvals.retrieveApproval', { parameters: approval }),
    await call('approvals.decideApproval', { parameters: approval, body: decision }),
    await call('approvals.decideApprovals', { body: { decisions: [{ ...approval, action: 'accept' }] } }),
    await call('approvals.listApprovals', { query: '?status=decided' }),
    await call('runs.listRuns', { query: '?limit=2' }),
    await call('runs.retrieveRun', { parameters: run }),
    await call('runs.retrieveTimeline', { parameters: run }),
    await call('runs.downloadOutput', { parameters: run }),
  ].map(({ status }) => status);
  expect(new Set(answers)).toEqual(new Set([200]));

  const unknown = { id: unknownId, call_id: 'call_1' };
  const refusals = [
    await call('approvals.decideApproval', { parameters: approval, body: decision }),
    await call('approvals.decideApproval', { parameters: approval, body: { action: 'edit' } }),
    await call('approvals.decideApprovals', { body: { decisions: [] } }),
    await call('approvals.listApprovals', { query: '?status=other' }),
    await call('approvals.retrieveApproval', { parameters: unknown }),
    await call('runs.listRuns', { query: '?created_after=yesterday' }),
    await call('runs.retrieveRun', { parameters: unknown }),
    await call('runs.retrieveTimeline', { parameters: unknown }),
    await call('runs.downloadOutput', { parameters: unknown }),
  ].map(({ status }) => status);
  expect(refusals).toEqual([409, 400, 400, 400, 404, 400, 404, 404, 404]);
});

it('covered every operation, with success and with an error', () => {
  expect(uncalled(api, 'runs', 'approvals')).toEqual({ good: [], bad: [] });
});
