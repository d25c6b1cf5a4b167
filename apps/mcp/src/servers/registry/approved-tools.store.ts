import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { McpServer } from './server.ts';

/** The digests of a server's tools, by the server's names. */
export type ToolDigests = Readonly<Record<string, string>>;

const Row = z.object({ digests: z.record(z.string(), z.string()) });

/** The approved tools of pinned servers. Servers of requests cannot be pinned. */
@Injectable()
export class ApprovedToolsStore {
  constructor(private readonly database: DataSource) {}

  /** The approved tools of a server. Approves the present ones where none were approved yet. */
  async findOrApprove(server: McpServer, present: ToolDigests): Promise<ToolDigests> {
    const approved = await this.find(server);
    if (approved) return approved;
    const { serverId, fileLabel } = keyOf(server);
    await this.database.query(
      `insert into mcp.approved_tools (server_id, file_label, digests) values ($1, $2, $3) on conflict do nothing`,
      [serverId, fileLabel, JSON.stringify(present)],
    );
    return (await this.find(server)) ?? present;
  }

  async approve(server: McpServer, present: ToolDigests): Promise<void> {
    const { serverId, fileLabel } = keyOf(server);
    const target = serverId === null ? 'file_label' : 'server_id';
    await this.database.query(
      `insert into mcp.approved_tools (server_id, file_label, digests) values ($1, $2, $3)
       on conflict (${target}) do update set digests = excluded.digests, approved_at = clock_timestamp()`,
      [serverId, fileLabel, JSON.stringify(present)],
    );
  }

  private async find(server: McpServer): Promise<ToolDigests | null> {
    const { serverId, fileLabel } = keyOf(server);
    const rows: unknown[] = await this.database.query(
      'select digests from mcp.approved_tools where server_id = $1 or file_label = $2',
      [serverId, fileLabel],
    );
    return rows.length === 0 ? null : Row.parse(rows[0]).digests;
  }
}

function keyOf({ id, label, source }: McpServer) {
  return { serverId: id, fileLabel: source === 'file' ? label : null };
}
