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

const documents = new Map(apis.map((api) => [api.name, openApiOf([api], api.title)]));
const wholeDocument = openApiOf(apis, 'Antiphon');

/** The OpenAPI documents and a page that shows them. Public: they hold no data of callers. */
@Controller('docs')
export class DocsController {
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
    return pageScript([...documents.keys()]);
  }

  @Get('openapi.json')
  whole() {
    return wholeDocument;
  }

  @Get(':dialect/openapi.json')
  document(@Param('dialect') name: string) {
    const document = documents.get(name);
    if (!document)
      throw new AppError(
        'not_found',
        `There is no API ${name}: there are ${[...documents.keys()].join(', ')}.`,
      );
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
