import { Module } from '@nestjs/common';
import { StoredFilesModule } from '../files/stored-files.module.ts';
import { PythonModule } from '../python/python.module.ts';
import { ShellModule } from '../shell/shell.module.ts';
import { ContainerFiles } from './container-files.ts';
import { ContainerPython } from './container-python.ts';
import { ContainersService } from './containers.service.ts';
import { ContainerFileStore } from './stored/container-file.store.ts';
import { ContainerStore } from './stored/container.store.ts';

/** The containers of callers, and what runs in them. */
@Module({
  imports: [StoredFilesModule, PythonModule, ShellModule],
  providers: [ContainerStore, ContainerFileStore, ContainerFiles, ContainersService, ContainerPython],
  exports: [ContainerStore, ContainerFileStore, ContainerFiles, ContainersService, ContainerPython],
})
export class StoredContainersModule {}
