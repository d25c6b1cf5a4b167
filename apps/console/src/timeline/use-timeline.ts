import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { pauseAfter, streamEvents } from '../api/event-stream.ts';
import { ApiError, getJson } from '../api/http.ts';
import { isOver, type Timeline } from '../api/runs.ts';
import { noteServerTime } from '../api/server-clock.ts';

const pollMs = 1_000;

const keyOf = (id: string) => ['timeline', id] as const;
const pathOf = (id: string) => `/v1/runs/${id}/timeline`;

/**
 * The timeline of a run. While the run goes on, a page that can be seen follows its stream. Without `isStreamed` the page reads it again each second: for pages
 * that have another stream of the run, since browsers open six connections to a server over HTTP/1.1, for all tabs together.
 */
export function useTimeline(id: string, { isStreamed }: { isStreamed: boolean }) {
  const client = useQueryClient();
  const isVisible = useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
  const timeline = useQuery({
    queryKey: keyOf(id),
    queryFn: async ({ signal }) => latest(client, id, await getJson<Timeline>(pathOf(id), signal)),
    refetchInterval: () => !isStreamed && goesOn(client, id) && pollMs,
    // A stream that is opened again begins with the timeline.
    refetchOnWindowFocus: !isStreamed,
  });
  const isLoaded = timeline.data !== undefined;
  useEffect(() => {
    if (!isStreamed || !isVisible || !isLoaded) return;
    const stop = new AbortController();
    void follow(client, id, stop.signal);
    return () => stop.abort();
  }, [client, id, isStreamed, isVisible, isLoaded]);
  return timeline;
}

/** Reads the stream until the run has ended. After a failure the timeline is read as a whole, which also says whether the run still exists. */
async function follow(client: QueryClient, id: string, signal: AbortSignal): Promise<void> {
  for (let failures = 0; goesOn(client, id) && !signal.aborted; failures++) {
    if (failures > 0) await client.refetchQueries({ queryKey: keyOf(id) });
    try {
      for await (const event of streamEvents(`${pathOf(id)}?stream=true`, { signal })) {
        failures = 0;
        client.setQueryData(keyOf(id), latest(client, id, event as unknown as Timeline)); // the events of this route
      }
    } catch {
      // The connection was refused, broke, or was aborted.
    }
    await pauseAfter(failures, signal);
  }
}

/** Answers may overtake each other. */
function latest(client: QueryClient, id: string, read: Timeline): Timeline {
  noteServerTime(read.server_time);
  const known = client.getQueryData<Timeline>(keyOf(id));
  return known && known.server_time > read.server_time ? known : read;
}

/** Whether the run may change: it has not ended, as far as is known, and was not deleted. */
function goesOn(client: QueryClient, id: string): boolean {
  const { data, error } = client.getQueryState<Timeline>(keyOf(id)) ?? {};
  const isDeleted = error instanceof ApiError && error.status === 404;
  return data !== undefined && !isOver(data.run) && !isDeleted;
}

function onVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}
