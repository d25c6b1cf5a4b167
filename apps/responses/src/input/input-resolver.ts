import { AppError, type Caller, type CallOrigin, type InputItem, type Item } from '@antiphon/contracts';
import { CompactionBox, ItemStore, SealedReasoning } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import { Egress } from '@antiphon/service-kit';
import { checkLinks } from './check-links.ts';
import { UploadedFiles } from './uploaded-files.ts';

/** Item references in one input. */
const referencesMax = 500;

/**
 * Replaces references, compactions and sealed reasoning in a request's input by their items. Calls get the data of their provider again that
 * is sealed in the reasoning beside them.
 */
@Injectable()
export class InputResolver {
  constructor(
    private readonly egress: Egress,
    private readonly items: ItemStore,
    private readonly compactions: CompactionBox,
    private readonly reasoning: SealedReasoning,
    private readonly files: UploadedFiles,
  ) {}

  /**
   * Reads the uploaded files that it names. Throws what `UploadedFiles.read` throws; `invalid_request` for a private link, for a reference to an item that the caller does not have, for too many references, and for
   * a compaction or sealed reasoning that this server did not give to the caller; `context_too_long` for items that are too large together;
   * `cancelled` when the client has gone.
   */
  async resolve(caller: Caller, input: readonly InputItem[], gone: AbortSignal): Promise<Item[]> {
    checkLinks(this.egress, input);
    const ids = input.flatMap((item) => (item.type === 'item_reference' ? [item.id] : []));
    if (ids.length > referencesMax)
      refuse(`refers to ${ids.length} items, and at most ${referencesMax} are allowed`);
    const found = ids.length === 0 ? new Map<string, Item[]>() : await this.items.find(caller, ids, gone);
    const read = await this.files.read(caller, input, gone);
    const origins = new Map<string, CallOrigin>();
    const items = read.flatMap((item): Item[] => {
      switch (item.type) {
        case 'item_reference':
          return found.get(item.id) ?? refuse(`names the item ${item.id}, which is not found`);
        case 'sealed_compaction': {
          const { id, sealed } = item;
          const text = this.compactions.open(caller, sealed);
          if (text === null) return refuse('holds a compaction that this server did not give you');
          return [{ type: 'compaction', id, text, sealed, status: 'completed' }];
        }
        case 'sealed_reasoning': {
          const { id, sealed, isSummary } = item;
          const opened = this.reasoning.open(caller, sealed);
          if (opened === null) return refuseThought(id);
          const { calls = [], ...thought } = opened;
          for (const { id: itemId, callId, origin } of calls) origins.set(itemId, origin).set(callId, origin);
          const form = isSummary ? { isSummary } : {};
          return [{ type: 'reasoning', id, ...thought, status: 'completed', sealed, ...form }];
        }
        default:
          return [item];
      }
    });
    return items.map((item) => {
      if (item.type !== 'function_call') return item;
      const origin = origins.get(item.callId);
      return origin ? { ...item, origin } : item;
    });
  }
}

/** Begins with OpenAI's message, which clients check. */
function refuseThought(id: string): never {
  throw new AppError(
    'invalid_request',
    `The encrypted content for item ${id} could not be verified: this server did not give it to you. Leave the item out.`,
    { param: 'input', reason: 'invalid_encrypted_content' },
  );
}

function refuse(complaint: string): never {
  throw new AppError('invalid_request', `input ${complaint}`, { param: 'input' });
}
