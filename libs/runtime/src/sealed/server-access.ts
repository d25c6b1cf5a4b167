import {
  AppError,
  type Caller,
  type NamedServer,
  type RequestServer,
  ServerAccess,
} from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';

/**
 * Keeps where a request's MCP servers are and what they are sent: sealed for its caller while the response runs, opened only to call
 * them.
 */
@Injectable()
export class ServerAccessBox {
  constructor(private readonly box: SecretBox) {}

  seal(caller: Caller, { access, urlField: _field, ...server }: NamedServer): RequestServer {
    if (access === null) return { ...server, origin: null, sealedAccess: null };
    return {
      ...server,
      origin: new URL(access.url).origin,
      sealedAccess: this.box.seal(JSON.stringify(access), contextOf(caller)),
    };
  }

  /** Null for a server that is registered here. Throws `conflict` where it is gone, or was sealed with another key. */
  open(caller: Caller, { label, origin, sealedAccess }: RequestServer): ServerAccess | null {
    if (origin === null) return null;
    try {
      if (sealedAccess === null) throw new Error('the response has ended');
      return ServerAccess.parse(JSON.parse(this.box.open(sealedAccess, contextOf(caller))));
    } catch (cause) {
      throw new AppError('conflict', `What the MCP server ${label} is sent is not kept any longer.`, {
        cause,
      });
    }
  }
}

function contextOf({ userId }: Caller): string {
  return `responses.request_servers ${userId}`;
}
