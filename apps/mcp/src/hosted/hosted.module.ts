import { Module } from '@nestjs/common';
import { StoredContainersModule } from '../containers/stored-containers.module.ts';
import { PagesModule } from '../pages/pages.module.ts';
import { SearchModule } from '../search/search.module.ts';
import { ShellModule } from '../shell/shell.module.ts';
import { StoreSearchModule } from '../vector-stores/search/store-search.module.ts';
import { CodeInterpreterRunner } from './code-interpreter/code-interpreter-runner.ts';
import { FileSearchRunner } from './file-search/file-search-runner.ts';
import { ImageGenerationRunner } from './image-generation/image-generation-runner.ts';
import { MaskReader } from './image-generation/mask-reader.ts';
import type { HostedToolRunner } from './hosted-tool-runner.ts';
import { HostedTools } from './hosted-tools.ts';
import { RequestContainers } from './request-containers.ts';
import { ShellToolRunner } from './shell/shell-tool-runner.ts';
import { WebSearchRunner } from './web-search/web-search-runner.ts';

/** The runners of hosted tools. A new kind is a line here. */
const runners = [
  WebSearchRunner,
  FileSearchRunner,
  CodeInterpreterRunner,
  ImageGenerationRunner,
  ShellToolRunner,
];

@Module({
  imports: [SearchModule, PagesModule, StoreSearchModule, StoredContainersModule, ShellModule],
  providers: [
    ...runners,
    MaskReader,
    RequestContainers,
    {
      provide: HostedTools,
      inject: runners,
      useFactory: (...all: HostedToolRunner[]) => new HostedTools(all),
    },
  ],
  exports: [HostedTools],
})
export class HostedModule {}
