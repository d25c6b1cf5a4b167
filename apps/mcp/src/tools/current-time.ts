import { AppError } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';

const Parameters = z.object({
  time_zone: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .default('UTC')
    .describe('IANA name of the time zone, for example "Europe/Berlin" or "America/New_York".'),
});

@Injectable()
export class CurrentTimeTool implements ToolSource {
  readonly tools: readonly RegisteredTool[];

  constructor(@Inject(MCP_CONFIG) config: Pick<Config, 'tools'>) {
    const { timeoutMs } = config.tools;
    this.tools = [createCurrentTime({ timeoutMs, now: () => new Date() })];
  }
}

export function createCurrentTime(options: { timeoutMs: number; now: () => Date }): RegisteredTool {
  return defineTool({
    name: 'current_time',
    description:
      'Gives the current date, time and weekday in a time zone, and its offset from UTC. Use it whenever an answer depends on what day or ' +
      'what time it is.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs: options.timeoutMs,
    run: async (args) => jsonOutput(describeTime(options.now(), args.time_zone)),
  });
}

function describeTime(now: Date, timeZone: string) {
  const format = formatOf(timeZone);
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  // For a zone without an offset Intl returns GMT alone.
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  const time = `${part('hour')}:${part('minute')}:${part('second')}`;
  return {
    time_zone: format.resolvedOptions().timeZone,
    iso: `${date}T${time}${offset}`,
    date,
    time,
    weekday: part('weekday'),
    utc_offset: offset,
    unix_seconds: Math.floor(now.getTime() / 1000),
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
  } catch (cause) {
    throw new AppError(
      'invalid_request',
      `time_zone: ${JSON.stringify(timeZone)} is not an IANA time zone; an example is "Europe/Berlin"`,
      { param: 'time_zone', cause },
    );
  }
}
