import { type DynamicModule, Module } from '@nestjs/common';
import { ToolDataRemoval } from './tool-data-removal.handler.ts';

@Module({})
export class AccountRemovalModule {
  /** `files` is the module that owns the files of users. */
  static with(files: DynamicModule): DynamicModule {
    return { module: AccountRemovalModule, imports: [files], controllers: [ToolDataRemoval] };
  }
}
