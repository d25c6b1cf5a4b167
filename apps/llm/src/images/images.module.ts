import { type DynamicModule, Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.ts';
import type { ImageRoutes } from './image-routes.ts';
import { imagesControllerFor } from './images.controller.ts';

/** `/v1/images`. */
@Module({})
export class ImagesModule {
  static with(routes: ImageRoutes): DynamicModule {
    return { module: ImagesModule, imports: [RoutingModule], controllers: [imagesControllerFor(routes)] };
  }
}
