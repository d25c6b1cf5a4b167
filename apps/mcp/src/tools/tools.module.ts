import { Module } from '@nestjs/common';
import { CalculatorModule } from '../calculator/calculator.module.ts';
import { FileSearchModule } from '../file-search/file-search.module.ts';
import { BUILT_IN_TOOLS, SWITCHED_OFF_TOOLS, type ToolSource } from '../host/tool-source.ts';
import { PagesModule } from '../pages/pages.module.ts';
import { PythonModule } from '../python/python.module.ts';
import { SearchModule } from '../search/search.module.ts';
import { CalculateTool } from './calculate.ts';
import { CurrentTimeTool } from './current-time.ts';
import { FileSearchTools } from './file-search.ts';
import { GoogleSearchTool } from './google-search.ts';
import { HttpTools } from './http-requests.ts';
import { PythonExecTool } from './python-exec.ts';
import { ScrapeTool } from './scrape.ts';

/** The built-in tools, in the order in which lists show them. A new tool is a line here. */
const toolSources = [
  GoogleSearchTool,
  ScrapeTool,
  CurrentTimeTool,
  CalculateTool,
  FileSearchTools,
  PythonExecTool,
  HttpTools,
];

@Module({
  imports: [SearchModule, PagesModule, CalculatorModule, FileSearchModule, PythonModule],
  providers: [
    ...toolSources,
    {
      provide: BUILT_IN_TOOLS,
      inject: toolSources,
      useFactory: (...sources: ToolSource[]) => sources.flatMap(({ tools }) => tools),
    },
    {
      provide: SWITCHED_OFF_TOOLS,
      inject: toolSources,
      useFactory: (...sources: ToolSource[]) => sources.flatMap(({ switchedOff = [] }) => switchedOff),
    },
  ],
  exports: [BUILT_IN_TOOLS, SWITCHED_OFF_TOOLS],
})
export class ToolsModule {}
