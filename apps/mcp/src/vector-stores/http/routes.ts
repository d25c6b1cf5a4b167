import { defineRoute } from '@antiphon/contracts';
import type { z } from 'zod';
import * as bodies from './bodies.ts';
import * as replies from './replies.ts';

const stores = '/v1/vector_stores';
const store = `${stores}/{id}` as const;
const files = `${store}/files` as const;
const file = `${files}/{fileId}` as const;
const batches = `${store}/file_batches` as const;
const batch = `${batches}/{batchId}` as const;

/** The schemas that the document of the service has by name. */
export const vectorStoreSchemas = {
  requests: {
    NewVectorStore: bodies.NewVectorStore,
    VectorStoreChange: bodies.VectorStoreChange,
    NewVectorStoreFile: bodies.NewVectorStoreFile,
    VectorStoreFileChange: bodies.VectorStoreFileChange,
    NewFileBatch: bodies.NewFileBatch,
    VectorStoreSearch: bodies.VectorStoreSearch,
  },
  replies: { ...replies },
};

/** Vector stores, their files and batches of files, and their search. */
export const vectorStoreRoutes = {
  create: defineRoute({
    method: 'post',
    path: stores,
    name: 'createVectorStore',
    summary: 'Create a vector store, with files that are indexed in the background',
    body: bodies.newStore,
    mayLackBody: true,
    reply: reply('The store', replies.VectorStore),
  }),
  list: defineRoute({
    method: 'get',
    path: stores,
    name: 'listVectorStores',
    summary: 'Your vector stores, newest first',
    query: bodies.storePage,
    reply: reply('A page of stores', replies.VectorStoreList),
  }),
  retrieve: defineRoute({
    method: 'get',
    path: store,
    name: 'retrieveVectorStore',
    summary: 'A vector store',
    reply: reply('The store', replies.VectorStore),
  }),
  change: defineRoute({
    method: 'post',
    path: store,
    name: 'changeVectorStore',
    summary: 'Change the name, the metadata or the expiry of a vector store',
    body: bodies.storeChange,
    reply: reply('The changed store', replies.VectorStore),
  }),
  remove: defineRoute({
    method: 'delete',
    path: store,
    name: 'deleteVectorStore',
    summary: 'Delete a vector store; its files stay',
    reply: reply('Deleted', replies.DeletedVectorStore),
  }),
  search: defineRoute({
    method: 'post',
    path: `${store}/search`,
    name: 'searchVectorStore',
    summary: 'The passages of a vector store that fit a query best',
    body: bodies.search,
    reply: reply('The results, best first', replies.SearchResults),
  }),
  addFile: defineRoute({
    method: 'post',
    path: files,
    name: 'addVectorStoreFile',
    summary: 'Add a file, which is indexed in the background',
    body: bodies.newFile,
    reply: reply('The file in the store', replies.VectorStoreFile),
  }),
  listFiles: defineRoute({
    method: 'get',
    path: files,
    name: 'listVectorStoreFiles',
    summary: 'The files of a vector store, newest first',
    query: bodies.filePage,
    reply: reply('A page of files', replies.VectorStoreFileList),
  }),
  retrieveFile: defineRoute({
    method: 'get',
    path: file,
    name: 'retrieveVectorStoreFile',
    summary: 'A file of a vector store, with the state of its indexing',
    reply: reply('The file in the store', replies.VectorStoreFile),
  }),
  changeFile: defineRoute({
    method: 'post',
    path: file,
    name: 'changeVectorStoreFile',
    summary: 'Replace the attributes of a file',
    body: bodies.fileChange,
    reply: reply('The changed file', replies.VectorStoreFile),
  }),
  removeFile: defineRoute({
    method: 'delete',
    path: file,
    name: 'deleteVectorStoreFile',
    summary: 'Take a file out of a vector store; the file itself stays',
    reply: reply('Removed', replies.DeletedVectorStoreFile),
  }),
  readFile: defineRoute({
    method: 'get',
    path: `${file}/content`,
    name: 'readVectorStoreFile',
    summary: 'The text of a file as it was indexed, chunk by chunk',
    reply: reply('The texts', replies.VectorStoreFileContent),
  }),
  createBatch: defineRoute({
    method: 'post',
    path: batches,
    name: 'createFileBatch',
    summary: 'Add up to 2000 files at once',
    body: bodies.newBatch,
    reply: reply('The batch', replies.FileBatch),
  }),
  retrieveBatch: defineRoute({
    method: 'get',
    path: batch,
    name: 'retrieveFileBatch',
    summary: 'A batch of files, with the state of their indexing',
    reply: reply('The batch', replies.FileBatch),
  }),
  cancelBatch: defineRoute({
    method: 'post',
    path: `${batch}/cancel`,
    name: 'cancelFileBatch',
    summary: 'Stop the indexing of the files of a batch that are in progress',
    reply: reply('The batch', replies.FileBatch),
  }),
  listBatchFiles: defineRoute({
    method: 'get',
    path: `${batch}/files`,
    name: 'listFileBatchFiles',
    summary: 'The files of a batch, newest first',
    query: bodies.filePage,
    reply: reply('A page of files', replies.VectorStoreFileList),
  }),
};

export type VectorStoreRoutes = typeof vectorStoreRoutes;

function reply<Json extends z.ZodType>(description: string, json: Json) {
  return { status: 200, description, json };
}
