import type { ModelDelta } from '@antiphon/contracts';
import type { UnknownObject } from '../../providers/json-object.ts';
import type { BlockAnswerWriter, WrittenCall } from './answer-writer.ts';

/**
 * Holds the content blocks of an answer while they are received, by their index. A block is closed once: at its end, when another starts in its
 * place, or at the end of the message, for servers that leave blocks open.
 */
export abstract class BlockReader<Block> {
  private readonly blocks = new Map<unknown, Block>();

  constructor(protected readonly writer: BlockAnswerWriter) {}

  stop(index: unknown, burst: ModelDelta[]): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    this.blocks.delete(index);
    this.close(block, burst);
  }

  /** The end of the message. */
  end(burst: ModelDelta[]): void {
    for (const index of [...this.blocks.keys()]) this.stop(index, burst);
  }

  protected open(index: unknown, block: Block): Block {
    this.blocks.set(index, block);
    return block;
  }

  protected openAt(index: unknown): Block | undefined {
    return this.blocks.get(index);
  }

  /** The whole input comes at once in a whole message, and with tools that have no parameters. */
  protected endCall(call: WrittenCall, input: UnknownObject, burst: ModelDelta[]): void {
    if (call.args === '') this.writer.args(call, JSON.stringify(input), burst);
  }

  /** Writes what is known only when a block is complete. */
  protected abstract close(block: Block, burst: ModelDelta[]): void;
}
