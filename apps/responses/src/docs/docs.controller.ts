import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '@antiphon/contracts';
import { openApiOf, type OpenApiDocument } from '@antiphon/service-kit';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { apis, otherServices } from './apis.ts';
import { contentSecurityPolicy, page, pageScript } from './page.ts';

const assetsFolder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The files that the page loads, by type. No other file of the folder is served. */
const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** The OpenAPI document of all APIs of this service, and a page that shows every document. Public: they hold no data of callers. */
@Controller('docs')
export class DocsController {
  private wholeDocument: OpenApiDocument | null = null;

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
    return pageScript([...apis.map(({ name }) => name), ...otherServices]);
  }

  @Get('openapi.json')
  whole() {
    return (this.wholeDocument ??= openApiOf(apis, 'Antiphon'));
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
