import OpenAI, { toFile } from 'openai';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { openaiSystem } from './openai-system.ts';

const { client, otherClient } = await openaiSystem();

scenario(
  'openai-containers',
  'a container takes files, sends them back and goes with them; another caller does not see it',
  async () => {
    const file = await client.files.create({
      file: await toFile(Buffer.from('a,b\n1,2\n'), 'table.csv'),
      purpose: 'user_data',
    });
    const container = await client.containers.create({
      name: 'work',
      file_ids: [file.id],
      expires_after: { anchor: 'last_active_at', minutes: 5 },
    });
    const { id } = container;
    expect(container).toMatchObject({ name: 'work', status: 'running', expires_after: { minutes: 5 } });
    const sent = await client.containers.files.create(id, {
      file: await toFile(Buffer.from('Hello'), 'notes.txt'),
    });
    const paths: string[] = [];
    for await (const { path } of client.containers.files.list(id, { limit: 1, order: 'asc' }))
      paths.push(path);
    expect(paths).toEqual(['/mnt/data/table.csv', '/mnt/data/notes.txt']);
    const where = { container_id: id };
    expect(await (await client.containers.files.content.retrieve(sent.id, where)).text()).toBe('Hello');

    await expect(otherClient.containers.files.list(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect((await otherClient.containers.list()).data).toEqual([]);
    expect((await client.containers.list({ name: 'work' })).data).toMatchObject([{ id }]);

    await client.containers.files.delete(sent.id, where);
    await expect(client.containers.files.retrieve(sent.id, where)).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    await client.containers.delete(id);
    await expect(client.containers.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  },
);
