import { type ErrorCode, errors } from '../protocol/index.ts'
import { BATCH_HEADER_BYTES } from '../records/index.ts'
import type { RecordBytes, ShardDraft, ShardLog, Where } from '../runtime/index.ts'
import { batchBytesMax, type LocalRaftNode } from './node.ts'

/** The metadata log as the controller's runtime sees it: appends go through the quorum, commits come from it. Who leads is the controller. */
export class RaftShardLog implements ShardLog {
  readonly #node: LocalRaftNode
  readonly bytesMax: number = batchBytesMax - BATCH_HEADER_BYTES
  onCommitted: () => void = () => undefined
  onLost: (code: ErrorCode) => void = () => undefined

  constructor(node: LocalRaftNode) {
    this.#node = node
    node.attach({ committed: () => this.onCommitted(), lost: () => this.onLost(errors.NOT_CONTROLLER) })
  }

  check(): ErrorCode {
    const { leaderId } = this.#node.leadership
    return leaderId === this.#node.nodeId ? errors.NONE : errors.NOT_CONTROLLER
  }

  endOffset(): number {
    return this.#node.endOffset
  }

  draft(_producer: Where['producer'], wallMs: number, bytes: number): ShardDraft {
    const draft = this.#node.draft(this.#node.leadership.epoch, wallMs, bytes)
    return {
      add: (record) => draft.add(record),
      append: () => {
        const proposed = draft.append()
        return proposed === errors.NOT_LEADER_OR_FOLLOWER ? errors.NOT_CONTROLLER : proposed
      },
    }
  }

  /** As far as the node's image has it. */
  committedOffset(): number {
    return this.#node.publishedOffset
  }

  epoch(): number {
    return this.#node.leadership.epoch
  }

  replay(
    each: (record: RecordBytes, at: Where) => void,
    _marker: (at: Where, outcome: 'commit' | 'abort') => void,
    done: (failure: string | null) => void,
  ): void {
    this.#node.readAll(
      this.#node.endOffset,
      ({ baseOffset, epoch, records, isSnapshot }) => {
        let offset = baseOffset
        for (const record of records) {
          each(record, { offset, epoch, producer: null })
          if (!isSnapshot) offset++
        }
      },
      done,
    )
  }
}
