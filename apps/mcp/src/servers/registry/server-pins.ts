import { AppError } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { ApprovedToolsStore } from './approved-tools.store.ts';
import type { OfferedTools } from '../connection/offered-tools.ts';
import type { McpServer } from './server.ts';

/** How a tool of a pinned server differs from what was approved. */
export interface ToolChange {
  /** By the name that the server gives it. */
  name: string;
  change: 'added' | 'changed' | 'removed';
}

/**
 * The tools of pinned servers may be used only as they were approved: a server could otherwise have its tools approved and put
 * instructions into their descriptions later. The first list of a server is approved with its registration, later ones by its owner.
 */
@Injectable()
export class ServerPins {
  constructor(private readonly approved: ApprovedToolsStore) {}

  /** What differs, by name; nothing for a server that is not pinned. */
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

/** Why a tool is not used, in words for a caller that may not own the server. */
export function changedTool({ label }: McpServer, { name, change }: ToolChange): AppError {
  const happened = change === 'added' ? 'is new' : 'has changed';
  return new AppError(
    'forbidden',
    `The tool ${name} of the MCP server ${label} ${happened} since the server's owner approved its tools. ` +
      `The owner confirms them with POST /v1/mcp/servers/${label}/confirm.`,
  );
}
