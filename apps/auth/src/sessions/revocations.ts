import { authRevoked } from '@antiphon/contracts';
import { BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';

/** Publishes what was revoked, after its commit, so that every instance of every service refuses it at once. */
@Injectable()
export class Revocations {
  constructor(private readonly bus: BusClient) {}

  /** The id of an access token, a login or an API key. Without the bus the other services find out when they ask next. */
  publish(id: string): void {
    if (this.bus.isConnected) this.bus.publish(authRevoked, { ids: [id] });
  }
}
