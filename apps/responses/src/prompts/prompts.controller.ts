import type { Caller, InputOf, JsonValue } from '@antiphon/contracts';
import { CallerGuard, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { StorageGuard } from '../quotas/storage.guard.ts';
import { type CreateBody, laidOver } from './content/prompt-body.ts';
import { PromptRuns, unknownPrompt } from './prompt-runs.ts';
import {
  encodeAudit,
  encodePrompt,
  encodePrompts,
  encodeRendered,
  encodeVariables,
  encodeVersions,
  etagOf,
} from './prompt-wire.ts';
import { PromptStore } from './prompt.store.ts';
import { PromptsService, type PromptWithVersion } from './prompts.service.ts';
import { promptRoutes as routes } from './routes.ts';

type Reply = Pick<FastifyReply, 'header' | 'raw'>;

/** Creates, changes and renders prompts. `/v1/responses` runs them. */
@Controller()
@UseGuards(CallerGuard, StorageGuard)
export class PromptsController {
  constructor(
    private readonly prompts: PromptsService,
    private readonly store: PromptStore,
    private readonly runs: PromptRuns,
  ) {}

  @Serves(routes.create)
  async create(
    { body }: InputOf<typeof routes.create>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.create(caller, body, clientGone(reply.raw)));
  }

  @Serves(routes.list)
  async list({ query: { filter, page } }: InputOf<typeof routes.list>, @CurrentCaller() caller: Caller) {
    return encodePrompts(await this.store.list(caller, filter, page));
  }

  @Serves(routes.check)
  async check(
    { body }: InputOf<typeof routes.check>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const { variables } = await this.prompts.check(caller, body, clientGone(reply.raw));
    return { object: 'prompt.checked' as const, variables: encodeVariables(variables) };
  }

  @Serves(routes.preview)
  async preview(
    { body: { content, variables, input } }: InputOf<typeof routes.preview>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const gone = clientGone(reply.raw);
    const checked = await this.prompts.check(caller, content, gone);
    const rendered = await this.runs.renderBody(caller, checked, variables, gone);
    return encodeRendered(withInput(rendered, input), null);
  }

  @Serves(routes.retrieve)
  async retrieve(
    { params: { id }, query: version }: InputOf<typeof routes.retrieve>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.read(caller, id, version));
  }

  @Serves(routes.update)
  async edit(
    { params: { id }, headers: ifMatch, body }: InputOf<typeof routes.update>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const edit = { ifMatch, ...body };
    return answer(reply, await this.prompts.edit(caller, id, edit, clientGone(reply.raw)));
  }

  @Serves(routes.remove)
  async remove(
    { params: { id }, headers: ifMatch }: InputOf<typeof routes.remove>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.prompts.remove(caller, id, ifMatch);
    return { id, object: 'prompt' as const, deleted: true as const };
  }

  @Serves(routes.listVersions)
  async versions(
    { params: { id }, query: page }: InputOf<typeof routes.listVersions>,
    @CurrentCaller() caller: Caller,
  ) {
    const prompt = await this.store.find(caller, id);
    if (!prompt) throw unknownPrompt(id);
    return encodeVersions(id, await this.store.versions(caller, id, page), prompt);
  }

  @Serves(routes.diff)
  async diff({ params: { id }, query }: InputOf<typeof routes.diff>, @CurrentCaller() caller: Caller) {
    const { prompt } = await this.prompts.read(caller, id);
    const from = query.from ?? prompt.defaultVersion;
    const to = query.to ?? prompt.latestVersion;
    const changes = await this.prompts.diff(caller, id, from, to);
    const object = 'prompt.diff' as const;
    return {
      object,
      prompt_id: id,
      from: String(from),
      to: String(to),
      changes: changes.map((change) => ({ ...change })),
    };
  }

  @Serves(routes.copy)
  async copy(
    { params: { id }, body }: InputOf<typeof routes.copy>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.copy(caller, id, body));
  }

  @Serves(routes.setDefault)
  async setDefault(
    { params: { id }, headers: ifMatch, body: version }: InputOf<typeof routes.setDefault>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.setDefault(caller, id, version, ifMatch));
  }

  @Serves(routes.archive)
  async archive(
    { params: { id, version }, headers: ifMatch }: InputOf<typeof routes.archive>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.archive(caller, id, Number(version), ifMatch));
  }

  @Serves(routes.listChanges)
  async audit(
    { params: { id }, query: page }: InputOf<typeof routes.listChanges>,
    @CurrentCaller() caller: Caller,
  ) {
    const changes = await this.store.audit(caller, id, page);
    if (changes.entries.length === 0 && page.after === null) throw unknownPrompt(id);
    return encodeAudit(changes);
  }

  @Serves(routes.render)
  async render(
    { params: { id }, body: { version, variables, input } }: InputOf<typeof routes.render>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const found = await this.runs.findRunnable(caller, { id, version });
    const rendered = await this.runs.renderBody(caller, found, variables, clientGone(reply.raw));
    return encodeRendered(withInput(rendered, input), { id, version: String(found.version) });
  }
}

function answer(reply: Reply, found: PromptWithVersion) {
  void reply.header('etag', etagOf(found.prompt));
  return encodePrompt(found);
}

function withInput(body: CreateBody, input: JsonValue) {
  return laidOver(body, { input });
}
