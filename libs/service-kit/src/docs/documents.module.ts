import type { Api } from '@antiphon/contracts';
import { type DynamicModule, Module } from '@nestjs/common';
import { APIS, DocumentsController } from './documents.controller.ts';

/** Publishes the OpenAPI documents of a service at `/docs/{name of the API}/openapi.json`. */
@Module({})
export class DocumentsModule {
  static of(apis: readonly Api[]): DynamicModule {
    return {
      module: DocumentsModule,
      controllers: [DocumentsController],
      providers: [{ provide: APIS, useValue: apis }],
    };
  }
}
