import { Module } from '@nestjs/common';
import { CompactionBox } from './compaction-box.ts';
import { InputResolver } from './input-resolver.ts';
import { UploadedFiles } from './uploaded-files.ts';

/** Reads the input of a request: references, sealed entries, uploaded files and links. */
@Module({
  providers: [CompactionBox, InputResolver, UploadedFiles],
  exports: [CompactionBox, InputResolver],
})
export class InputModule {}
