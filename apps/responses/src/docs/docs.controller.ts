import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '@antiphon/contracts';

import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { apis } from './apis.ts';
import { openApiOf } from './openapi.ts';
import { contentSecurityPolicy, page, pageScript } from './page.ts';

const assetsFolder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The files that the page loads, by type. No other file of the folder is served. */
const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

type Document = ReturnType<typeof openApiOf>;

/**
 * The OpenAPI documents and a page that shows them. Public: they hold no data of callers. Each document is made at its first request: making
 * all of them takes a fifth of the service's start.
 */
@Controller('docs')
export class DocsController {
  private readonly documents = new Map<string, Document>();
  private wholeDocument: Document | null = null;

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', contentSecurityPolicy)
  @Header('x-content-type-options', 'nosniff')
  page() {
    return page;
  }

  @Get('page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script() {
    return pageScript(apis.map(({ name }) => name));
  }

  @Get('openapi.json')
  whole() {
    return (this.wholeDocument ??= openApiOf(apis, 'Antiphon'));
  }

  @Get(':dialect/openapi.json')
  document(@Param('dialect') name: string) {
    const api = apis.find((api) => api.name === name);
    if (!api) {
      const names = apis.map(({ name }) => name).join(', ');
      throw new AppError('not_found', `There is no API ${name}: there are ${names}.`);
    }
    const document = this.documents.get(name) ?? openApiOf([api], api.title);
    this.documents.set(name, document);
    return document;
  }

  @Get('assets/:name')
  async asset(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (type === undefined) throw new AppError('not_found', `There is no ${name} here.`);
    await reply
      .headers({
        'content-type': type,
        'cache-control': 'public, max-age=3600',
        'x-content-type-options': 'nosniff',
      })
      .send(createReadStream(join(assetsFolder, name)));
  }
}
