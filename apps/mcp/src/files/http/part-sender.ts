import { Readable } from 'node:stream';
import type { Caller } from '@antiphon/contracts';
import { CallerLimits } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FileParts, type PartOwner } from '../parts/file-parts.ts';
import { type DownloadedFile, downloadHeaders } from './file-wire.ts';

/** Sends the bytes of a file while they are read. */
@Injectable()
export class PartSender {
  constructor(
    private readonly parts: FileParts,
    private readonly callerLimits: CallerLimits,
  ) {}

  async send(
    caller: Caller,
    file: DownloadedFile,
    owner: PartOwner,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const parts = await this.parts.of(owner);
    this.callerLimits.holdWhileOpen(caller, 'streams', reply.raw);
    const bytes = request.method === 'HEAD' ? [] : this.parts.read(parts);
    await reply.headers(downloadHeaders(file)).send(Readable.from(bytes, { objectMode: false }));
  }
}
