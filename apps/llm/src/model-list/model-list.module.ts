import { Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.ts';
import { ModelListController } from './model-list.controller.ts';

@Module({ imports: [RoutingModule], controllers: [ModelListController] })
export class ModelListModule {}
