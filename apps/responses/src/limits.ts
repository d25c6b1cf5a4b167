import { readFilesBytesMax } from '@antiphon/contracts';
import { bytesLimit, countLimit, durationLimit } from '@antiphon/service-kit';

/** The limits of this service alone. */
export const responsesLimits = {
  input: {
    file_bytes_max: bytesLimit(
      '5MiB',
      { min: 1024, max: readFilesBytesMax },
      'Bytes of all uploaded files that one input names.',
    ),
    file_timeout: durationLimit('30s', 'How long reading these files may take.'),
  },
  prompts: {
    prompts_max: countLimit(1000, { min: 1 }, 'Prompts of one caller.'),
    versions_max: countLimit(1000, { min: 1 }, 'Versions of one prompt.'),
    version_characters_max: countLimit(1_048_576, { min: 1 }, 'Characters of one version as JSON.'),
    template_characters_max: countLimit(65_536, { min: 1 }, 'Characters of one template.'),
    output_characters_max: countLimit(262_144, { min: 1 }, 'Characters that one prompt may render to.'),
    render_timeout: durationLimit('1s', 'How long rendering one prompt may take.'),
    render_processes_max: countLimit(2, { min: 1 }, 'Processes that render.'),
    render_memory_mb: countLimit(64, { min: 16 }, 'Memory of each of these processes in MB.'),
  },
  streams: {
    stall_timeout: durationLimit(
      '60s',
      'How long the reader of a stream may stall before the connection is closed.',
    ),
    timeline_interval: durationLimit('300ms', 'The shortest time between two events of a live timeline.'),
    wait_max: durationLimit('60s', 'How long a GET with ?wait= may wait for the end of a response.'),
  },
  approvals: {
    poll_interval: durationLimit('1s', 'How often a stream of approvals looks for changes.'),
    watched_max: countLimit(500, { min: 1 }, 'Waiting runs that one stream of approvals watches.'),
    stream_lifetime: durationLimit('15m', 'The longest time that a stream of approvals stays open.'),
    decide_wait: durationLimit(
      '10s',
      'How long a decision waits for a run that carries out another of its calls.',
    ),
  },
  websockets: {
    lifetime: durationLimit('60m', 'The longest time that a connection stays open.'),
    heartbeat: durationLimit(
      '30s',
      'The interval of the pings; a connection that answers none is closed at the next.',
    ),
    connections_max: countLimit(1024, { min: 1 }, 'Connections at the same time.'),
    turns_waiting_max: countLimit(
      4,
      { min: 1 },
      'Turns of one connection that may wait for the turn under way.',
    ),
    history_bytes_max: bytesLimit(
      '64MiB',
      { min: 1024 },
      'Bytes of unstored turns that all connections together remember.',
    ),
  },
};
