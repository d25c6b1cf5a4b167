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
 * Seals the URLs and headers of a request's MCP servers for its caller. They are stored sealed while the response runs, and opened only to
 * call the servers.
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

  /** Null for a server that is registered here. Throws `conflict` where the access was dropped, or sealed with another key. */
  open(caller: Caller, { label, origin, sealedAccess }: RequestServer): ServerAccess | null {
    if (origin === null) return null;
    try {
      if (sealedAccess === null) throw new Error('the response has ended');
      return ServerAccess.parse(JSON.parse(this.box.open(sealedAccess, contextOf(caller))));
    } catch (cause) {
      throw new AppError('conflict', `The access to the MCP server ${label} is not stored any longer.`, {
        cause,
      });
    }
  }
}

function contextOf({ userId }: Caller): string {
  return `responses.request_servers ${userId}`;
}
