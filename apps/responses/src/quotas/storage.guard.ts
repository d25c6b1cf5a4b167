import { callerOfRequest } from '@antiphon/service-kit';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Quotas } from './quotas.ts';

const storingMethods = ['POST', 'PUT', 'PATCH'];

/** Refuses requests that store their body from a caller whose stored data has reached its limit. Stands after `CallerGuard`. */
@Injectable()
export class StorageGuard implements CanActivate {
  constructor(private readonly quotas: Quotas) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const bytes = Number(request.headers['content-length'] ?? 0);
    if (storingMethods.includes(request.method)) this.quotas.admitBody(callerOfRequest(request), bytes);
    return true;
  }
}
