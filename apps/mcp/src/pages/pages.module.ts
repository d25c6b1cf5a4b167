import { Module } from '@nestjs/common';
import { PageReader } from './page-reader.ts';

@Module({ providers: [PageReader], exports: [PageReader] })
export class PagesModule {}
