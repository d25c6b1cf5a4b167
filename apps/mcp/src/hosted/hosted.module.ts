import { Module } from '@nestjs/common';
import { StoredContainersModule } from '../containers/stored-containers.module.ts';
import { PagesModule } from '../pages/pages.module.ts';
import { SearchModule } from '../search/search.module.ts';
import { CodeInterpreterRunner } from './code-interpreter/code-interpreter-runner.ts';
import type { HostedToolRunner } from './hosted-tool-runner.ts';
import { HostedTools } from './hosted-tools.ts';
import { WebSearchRunner } from './web-search/web-search-runner.ts';

/** The runners of hosted tools. A new kind is a line here. */
const runners = [WebSearchRunner, CodeInterpreterRunner];

@Module({
  imports: [SearchModule, PagesModule, StoredContainersModule],
  providers: [
    ...runners,
    {
      provide: HostedTools,
      inject: runners,
      useFactory: (...all: HostedToolRunner[]) => new HostedTools(all),
    },
  ],
  exports: [HostedTools],
})
export class HostedModule {}
