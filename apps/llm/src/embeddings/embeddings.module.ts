import { Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.ts';
import { EmbeddingsController } from './embeddings.controller.ts';

@Module({ imports: [RoutingModule], controllers: [EmbeddingsController] })
export class EmbeddingsModule {}
