import { DocumentsModule } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { apis } from './apis.ts';
import { DocsController } from './docs.controller.ts';

/** The OpenAPI documents of this service, and a page that shows those of all services. */
@Module({ imports: [DocumentsModule.of(apis)], controllers: [DocsController] })
export class DocsModule {}
