import { Module } from '@nestjs/common';
import { InputResolver } from './input-resolver.ts';
import { UploadedFiles } from './uploaded-files.ts';

/** Reads the input of a request: references, sealed entries, uploaded files and links. */
@Module({
  providers: [InputResolver, UploadedFiles],
  exports: [InputResolver],
})
export class InputModule {}
