import { type Api, AppError } from '@antiphon/contracts';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { openApiOf, type OpenApiDocument } from './openapi.ts';

/** Nest's token for the APIs of a service. */
export const APIS = Symbol('apis');

/**
 * The OpenAPI document of each API. Public: a document holds no data of callers. It is made at its first request: making all of them takes a
 * fifth of a service's start.
 */
@Controller('docs')
export class DocumentsController {
  private readonly documents = new Map<string, OpenApiDocument>();

  constructor(@Inject(APIS) private readonly apis: readonly Api[]) {}

  @Get(':name/openapi.json')
  document(@Param('name') name: string): OpenApiDocument {
    const api = this.apis.find((candidate) => candidate.name === name);
    if (!api) {
      const names = this.apis.map((other) => other.name).join(', ');
      throw new AppError('not_found', `There is no API ${name}: there are ${names}.`);
    }
    const document = this.documents.get(name) ?? openApiOf([api], api.title);
    this.documents.set(name, document);
    return document;
  }
}
