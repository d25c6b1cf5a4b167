import type { Framing, FramingName } from './framing.ts';
import { LinesFraming } from './lines-framing.ts';
import { SseFraming } from './sse-framing.ts';

/** The framing of one answer. AWS's frames are loaded with their library when they are first needed. */
export function framingOf(name: FramingName): Framing | Promise<Framing> {
  switch (name) {
    case 'sse':
      return new SseFraming();
    case 'lines':
      return new LinesFraming();
    case 'aws-event-stream':
      return import('./aws-event-stream.ts').then(({ AwsEventStreamFraming }) => new AwsEventStreamFraming());
  }
}
