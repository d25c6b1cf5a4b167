import { Module } from '@nestjs/common';
import {
  SCHEMA_CHECKER,
  SCHEMA_THREADS_LIMITS,
  SchemaThreads,
  schemaThreadsLimits,
} from './schema-threads.ts';

@Module({
  providers: [
    SchemaThreads,
    { provide: SCHEMA_CHECKER, useExisting: SchemaThreads },
    { provide: SCHEMA_THREADS_LIMITS, useValue: schemaThreadsLimits },
  ],
  exports: [SchemaThreads, SCHEMA_CHECKER],
})
export class SchemaThreadsModule {}
