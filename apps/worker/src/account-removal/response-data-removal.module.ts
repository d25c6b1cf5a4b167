import { Module } from '@nestjs/common';
import { ResponseDataRemoval } from './response-data-removal.handler.ts';

@Module({ controllers: [ResponseDataRemoval] })
export class ResponseDataRemovalModule {}
