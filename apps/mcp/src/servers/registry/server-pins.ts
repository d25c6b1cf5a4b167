import { AppError } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { ApprovedToolsStore } from './approved-tools.store.ts';
import type { OfferedTools } from '../connection/offered-tools.ts';
import type { McpServer } from './server.ts';

/** The difference between a tool of a pinned server and its approved version. */
export interface ToolChange {
  /** The server's name for the tool. */
  name: string;
  change: 'added' | 'changed' | 'removed';
}

/**
 * Allows the approved versions of pinned servers' tools only: a server could otherwise add instructions to its descriptions after the
 * approval. The first list of a server is approved with its registration, later ones by its owner.
 */
@Injectable()
export class ServerPins {
  constructor(private readonly approved: ApprovedToolsStore) {}

  /** The tools that differ from the approved ones; none for a server that is not pinned. */
  async changesOf(server: McpServer, { digests }: Pick<OfferedTools, 'digests'>): Promise<ToolChange[]> {
    if (!server.isPinned) return [];
    const approved = await this.approved.findOrApprove(server, Object.fromEntries(digests));
    const isApproved = (name: string) => Object.hasOwn(approved, name);
    const present = [...digests].flatMap(([name, digest]): ToolChange[] => {
      if (!isApproved(name)) return [{ name, change: 'added' }];
      return approved[name] === digest ? [] : [{ name, change: 'changed' }];
    });
    const removed = Object.keys(approved).filter((name) => !digests.has(name));
    return [...present, ...removed.map((name): ToolChange => ({ name, change: 'removed' }))];
  }

  async approve(server: McpServer, { digests }: Pick<OfferedTools, 'digests'>): Promise<void> {
    await this.approved.approve(server, Object.fromEntries(digests));
  }
}

/** The error for a tool that changed. Its reader need not be the owner of the server. */
export function changedTool({ label }: McpServer, { name, change }: ToolChange): AppError {
  const happened = change === 'added' ? 'is new' : 'has changed';
  return new AppError(
    'forbidden',
    `The tool ${name} of the MCP server ${label} ${happened} since the server's owner approved its tools. ` +
      `The owner confirms them with POST /v1/mcp/servers/${label}/confirm.`,
  );
}
