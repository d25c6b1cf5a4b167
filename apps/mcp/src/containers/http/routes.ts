import { decoded, defineRoute, MemoryLimit, pageOf } from '@antiphon/contracts';
import { z } from 'zod';
import { formOverheadBytes } from '../../files/http/routes.ts';
import type { ContainerLimits } from '../container-limits.ts';
import {
  ContainerFileForm,
  containerFilesQuery,
  containersQuery,
  decodeNewContainer,
  newContainerFile,
  newContainerOf,
} from './container-fields.ts';

const Container = z.looseObject({
  id: z.string(),
  object: z.literal('container'),
  created_at: z.int(),
  status: z.enum(['running', 'expired']),
  name: z.string(),
  last_active_at: z.int(),
  expires_after: z.looseObject({ anchor: z.literal('last_active_at'), minutes: z.int() }),
  memory_limit: MemoryLimit.optional(),
  network_policy: z.looseObject({ type: z.literal('disabled') }),
});
const ContainerList = pageOf(Container);
const DeletedContainer = z.looseObject({
  id: z.string(),
  object: z.literal('container.deleted'),
  deleted: z.literal(true),
});
const ContainerFile = z.looseObject({
  id: z.string(),
  object: z.literal('container.file'),
  container_id: z.string(),
  created_at: z.int(),
  bytes: z.int(),
  path: z.string(),
  source: z.enum(['user', 'assistant']),
});
const ContainerFileList = pageOf(ContainerFile);
const DeletedContainerFile = z.looseObject({
  id: z.string(),
  object: z.literal('container.file.deleted'),
  deleted: z.literal(true),
});

export type WireContainer = z.input<typeof Container>;
export type WireContainerList = z.input<typeof ContainerList>;
export type WireContainerFile = z.input<typeof ContainerFile>;
export type WireContainerFileList = z.input<typeof ContainerFileList>;

/** The schemas that the document of the service has by name. */
export function containerSchemas(routes: ContainerRoutes) {
  return {
    requests: { NewContainer: routes.createContainer.body.schema, ContainerFileForm },
    replies: {
      Container,
      ContainerList,
      DeletedContainer,
      ContainerFile,
      ContainerFileList,
      DeletedContainerFile,
    },
  };
}

/** Containers and their files. The limits of the fields are the operator's. */
export function containerRoutes(limits: ContainerLimits) {
  const container = '/v1/containers/{id}';
  const file = `${container}/files/{fileId}` as const;
  return {
    createContainer: defineRoute({
      method: 'post',
      path: '/v1/containers',
      name: 'createContainer',
      summary: 'Create a container',
      body: decoded(newContainerOf(limits), decodeNewContainer),
      reply: reply('The container', Container),
    }),
    listContainers: defineRoute({
      method: 'get',
      path: '/v1/containers',
      name: 'listContainers',
      summary: 'Your containers, newest first',
      query: containersQuery,
      reply: reply('A page of containers', ContainerList),
    }),
    retrieveContainer: defineRoute({
      method: 'get',
      path: container,
      name: 'retrieveContainer',
      summary: 'A container',
      reply: reply('The container', Container),
    }),
    deleteContainer: defineRoute({
      method: 'delete',
      path: container,
      name: 'deleteContainer',
      summary: 'Delete a container with its files',
      reply: reply('Deleted', DeletedContainer),
    }),
    createContainerFile: defineRoute({
      method: 'post',
      path: `${container}/files`,
      name: 'createContainerFile',
      summary: 'Add a file to a container: a form with the file, or the id of a file',
      form: { bytesMax: limits.data.fileBytesMax + formOverheadBytes },
      body: newContainerFile,
      reply: reply('The file', ContainerFile),
    }),
    listContainerFiles: defineRoute({
      method: 'get',
      path: `${container}/files`,
      name: 'listContainerFiles',
      summary: 'The files of a container, newest first',
      query: containerFilesQuery,
      reply: reply('A page of files', ContainerFileList),
    }),
    retrieveContainerFile: defineRoute({
      method: 'get',
      path: file,
      name: 'retrieveContainerFile',
      summary: 'A file of a container',
      reply: reply('The file', ContainerFile),
    }),
    downloadContainerFile: defineRoute({
      method: 'get',
      path: `${file}/content`,
      name: 'downloadContainerFile',
      summary: 'The bytes of a file of a container',
      reply: { status: 200, description: 'The bytes', isFile: true },
    }),
    deleteContainerFile: defineRoute({
      method: 'delete',
      path: file,
      name: 'deleteContainerFile',
      summary: 'Delete a file of a container',
      reply: reply('Deleted', DeletedContainerFile),
    }),
  };
}

export type ContainerRoutes = ReturnType<typeof containerRoutes>;

function reply<Json extends z.ZodType>(description: string, json: Json) {
  return { status: 200, description, json };
}
