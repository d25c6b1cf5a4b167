import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StoredUse } from './stored-use.ts';

@Module({
  providers: [
    {
      provide: StoredUse,
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => new StoredUse(dataSource),
    },
  ],
  exports: [StoredUse],
})
export class StoredUseModule {}
