import { text, toolCall } from '@antiphon/service-kit/testing';
import { expect } from 'vitest';
import { agentSystem, type Body, json } from './agent/agent-system.ts';
import { scenario } from './scenario.ts';

const { system, call, provider, put } = await agentSystem();
const token = await system.token();

interface Timeline {
  run: Body & { status: string };
  turns: { model_requests: Body[]; tool_calls: Body[] }[];
  activity: { kind: string } | null;
  pauses: (Body & { decisions: Body[] })[];
  deliveries: Body[];
}

/** The timelines of a stream as they come, and whether its end mark came. */
async function* timelinesOf(answer: Response): AsyncGenerator<Timeline | 'end'> {
  let rest = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data !== undefined) yield data === '[DONE]' ? 'end' : (JSON.parse(data) as Timeline);
    }
  }
}

scenario(
  'runs-timeline-live',
  'a timeline ticks while its run waits, is decided, ends and is delivered',
  async () => {
    // The stream leaves out states that pass by quickly: the delivery stays pending until the stream has shown it.
    let wasPending = false;
    const url = system.receiver.at('timeline', () => (wasPending ? 200 : 'hang'));
    const endpoint = await json<{ id: string }>(
      call('/v1/webhooks', { token, body: { name: 'Ends', url, event_types: ['response.completed'] } }),
    );
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall(...put(), { id: 'call_0' })] : [text('Done')];
    const { id } = await json<{ id: string }>(
      call('/v1/responses', {
        token,
        body: {
          model: 'gpt-scripted',
          input: 'Update the stock',
          background: true,
          on_approval: 'wait',
          tools: [
            { type: 'mcp', server_label: 'antiphon', require_approval: 'always', allowed_tools: [put()[0]] },
          ],
        },
      }),
    );
    const path = `/v1/runs/${id}/timeline`;
    const live = await call(path, { token, headers: { accept: 'text/event-stream' } });
    expect(live.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const seen: (Timeline | 'end')[] = [];
    let isDecided = false;
    for await (const timeline of timelinesOf(live)) {
      seen.push(timeline);
      if (timeline === 'end') continue;
      wasPending ||= timeline.deliveries.some(({ status }) => status === 'pending');
      if (timeline.run.status !== 'requires_action' || isDecided) continue;
      isDecided = true;
      expect(timeline).toMatchObject({
        activity: { kind: 'waiting' },
        pauses: [{ turn: 0, ended_at: null, decisions: [] }],
        deliveries: [],
      });
      // The list and the detail agree.
      const { data } = await json<{ data: Body[] }>(call('/v1/runs?limit=1', { token }));
      expect(data[0]).toEqual(timeline.run);
      const waiting = await json<{ data: { id: string }[] }>(call('/v1/approvals', { token }));
      await call(`/v1/approvals/${waiting.data[0]?.id}/decide`, { token, body: { action: 'accept' } });
    }
    expect(seen.at(-1)).toBe('end');
    const timelines = seen.filter((timeline) => timeline !== 'end');
    const last = timelines.at(-1);
    expect(last).toMatchObject({
      run: { status: 'completed' },
      activity: null,
      pauses: [
        {
          ended_at: expect.any(String) as string,
          decisions: [{ call_id: 'call_0', action: 'accept', decided_by: expect.any(String) as string }],
        },
      ],
      deliveries: [{ endpoint_id: endpoint.id, url, status: 'delivered', last_status_code: 200 }],
    });
    expect(wasPending).toBe(true);
    const read = await json<Body>(call(path, { token }));
    expect({ ...last, server_time: read['server_time'] }).toEqual(read);
    await call(`/v1/webhooks/${endpoint.id}`, { token, method: 'DELETE' });
  },
  60_000,
);
