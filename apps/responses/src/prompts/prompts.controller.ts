import type { Caller, JsonValue } from '@antiphon/contracts';
import { CallerGuard, clientGone, CurrentCaller } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { StorageGuard } from '../quotas/storage.guard.ts';
import { type CreateBody, laidOver } from './content/prompt-body.ts';
import { PromptRuns, unknownPrompt } from './prompt-runs.ts';
import {
  decodeContentChange,
  decodeCopy,
  decodeEdit,
  decodeFilter,
  decodeIfMatch,
  decodeNew,
  decodeNumberedPage,
  decodePage,
  decodeRender,
  decodeVersion,
  decodeVersionName,
  encodeAudit,
  encodePrompt,
  encodePrompts,
  encodeRendered,
  encodeVersions,
  etagOf,
} from './prompt-wire.ts';
import { PromptStore } from './prompt.store.ts';
import { PromptsService, type PromptWithVersion } from './prompts.service.ts';

type Reply = Pick<FastifyReply, 'header' | 'raw'>;

/** Prompts: written, changed, tried out. They are run by `/v1/responses`. */
@Controller('v1/prompts')
@UseGuards(CallerGuard, StorageGuard)
export class PromptsController {
  constructor(
    private readonly prompts: PromptsService,
    private readonly store: PromptStore,
    private readonly runs: PromptRuns,
  ) {}

  @Post()
  @HttpCode(200)
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.create(caller, decodeNew(body), clientGone(reply.raw)));
  }

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: unknown) {
    return encodePrompts(await this.store.list(caller, decodeFilter(query), decodePage(query)));
  }

  /** Shows what an unsaved prompt would send to the model. */
  @Post('preview')
  @HttpCode(200)
  async preview(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const gone = clientGone(reply.raw);
    const { variables, input } = decodeRender(body);
    const checked = await this.prompts.check(caller, decodeContentChange(body), gone);
    const rendered = await this.runs.renderBody(caller, checked, variables, gone);
    return encodeRendered(withInput(rendered, input), { id: null, version: null });
  }

  @Get(':id')
  async retrieve(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('version') version: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.read(caller, id, decodeVersionName(version, 'version')));
  }

  @Patch(':id')
  async edit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const edit = { ifMatch: decodeIfMatch(ifMatch), ...decodeEdit(body) };
    return answer(reply, await this.prompts.edit(caller, id, edit, clientGone(reply.raw)));
  }

  @Delete(':id')
  async remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    await this.prompts.remove(caller, id, decodeIfMatch(ifMatch));
    return { id, object: 'prompt', deleted: true };
  }

  @Get(':id/versions')
  async versions(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: unknown) {
    const page = decodeNumberedPage(query);
    const prompt = await this.store.find(caller, id);
    if (!prompt) throw unknownPrompt(id);
    return encodeVersions(id, await this.store.versions(caller, id, page), prompt);
  }

  @Get(':id/diff')
  async diff(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: { from?: string; to?: string },
  ) {
    const { prompt } = await this.prompts.read(caller, id);
    const from = decodeVersionName(query.from, 'from') ?? prompt.defaultVersion;
    const to = decodeVersionName(query.to, 'to') ?? prompt.latestVersion;
    const changes = await this.prompts.diff(caller, id, from, to);
    return { object: 'prompt.diff', prompt_id: id, from: String(from), to: String(to), changes };
  }

  @Post(':id/copy')
  @HttpCode(200)
  async copy(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(reply, await this.prompts.copy(caller, id, decodeCopy(body)));
  }

  @Post(':id/default')
  @HttpCode(200)
  async setDefault(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(
      reply,
      await this.prompts.setDefault(caller, id, decodeVersion(body), decodeIfMatch(ifMatch)),
    );
  }

  @Post(':id/versions/:version/archive')
  @HttpCode(200)
  async archive(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('version') version: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    return answer(
      reply,
      await this.prompts.archive(caller, id, decodeVersion({ version }), decodeIfMatch(ifMatch)),
    );
  }

  @Get(':id/audit')
  async audit(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: unknown) {
    const page = decodeNumberedPage(query);
    const changes = await this.store.audit(caller, id, page);
    if (changes.entries.length === 0 && page.after === null) throw unknownPrompt(id);
    return encodeAudit(changes);
  }

  /** Shows what a version would send to the model. */
  @Post(':id/render')
  @HttpCode(200)
  async render(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const { version, variables, input } = decodeRender(body);
    const found = await this.runs.findRunnable(caller, { id, version });
    const rendered = await this.runs.renderBody(caller, found, variables, clientGone(reply.raw));
    return encodeRendered(withInput(rendered, input), { id, version: String(found.version) });
  }
}

function answer(reply: Reply, found: PromptWithVersion): Record<string, unknown> {
  void reply.header('etag', etagOf(found.prompt));
  return encodePrompt(found);
}

function withInput(body: CreateBody, input: JsonValue): CreateBody {
  return laidOver(body, { input });
}
