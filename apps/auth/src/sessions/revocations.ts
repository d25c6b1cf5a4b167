import { authRevoked } from '@antiphon/contracts';
import { BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';

/** Publishes revocations after their commit, so that all instances of all services refuse the tokens at once. */
@Injectable()
export class Revocations {
  constructor(private readonly bus: BusClient) {}

  /** Publishes the id of an access token, a login or an API key. Without the bus, other services get the revocation at their next look-up. */
  publish(id: string): void {
    if (this.bus.isConnected) this.bus.publish(authRevoked, { ids: [id] });
  }
}
