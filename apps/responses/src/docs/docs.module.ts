import { Module } from '@nestjs/common';
import { DocsController } from './docs.controller.ts';

/** The API's description as OpenAPI documents and a page. */
@Module({ controllers: [DocsController] })
export class DocsModule {}
