import { availableParallelism } from 'node:os'
import type { Env, Logger, LogLevel } from '../index.ts'
import { NodeClock } from './clock.ts'
import { descriptorLimits } from './descriptor-limits.ts'
import { NodeDisk } from './disk.ts'
import { NodeHeavy } from './heavy.ts'
import { NodeHttp } from './http-server.ts'
import { descriptorSink, lineLogger } from './logger.ts'
import { NodeNet } from './net.ts'
import { PodDisk, type PodWorld, podWorld } from './pod-world.ts'
import { NodeRandom } from './random.ts'
import { Turns } from './turns.ts'

export { Codecs } from './codecs/index.ts'
export { lazyCrc32c, nativeCrc32c } from './crc32c.ts'
export { type HttpClientOptions, httpClient } from './http-client.ts'
export { captureLogger, descriptorSink, type LoggedLine, type LogSink, lineLogger } from './logger.ts'
export { NameReader, NodeNames } from './pod-names.ts'
export { PodPorts, portsDirectoryIn } from './pod-ports.ts'
export { PodWorld, podVariable, podWorld } from './pod-world.ts'
export { collectWhenIdle } from './spare-memory.ts'

export interface NodeEnvOptions {
  /** Lines on standard output at level `info` when it is not given. */
  readonly logger?: Logger
  /** Level of the default logger. */
  readonly logLevel?: LogLevel | 'off'
  /** The pod whose paths, names and addresses this world has; the one that the process runs in when absent. */
  readonly pod?: PodWorld
  /** What {@link Env.halt} does in the end; by default the process exits with 1. */
  readonly halt?: (reason: string) => void
}

export interface NodeEnv extends Env {
  readonly http: Pick<NodeHttp, 'listen'>
  /**
   * Kills this world: sockets, listeners, files and timers are closed and no callback is called any more. What should
   * survive is synced before. The process and other Envs in it go on. `gone` alone is called: when the system holds no
   * socket, descriptor or thread for it any more.
   */
  close(gone?: () => void): void
}

/** The real world. Several may live in one process; none of them keeps state outside itself. */
export function nodeEnv(options: NodeEnvOptions = {}): NodeEnv {
  const turns = new Turns()
  const clock = new NodeClock(turns)
  const logger =
    options.logger ??
    lineLogger({ level: options.logLevel ?? 'info', sink: descriptorSink(1), wallMs: () => clock.wallMs() })
  const { filesMax, socketsMax } = descriptorLimits()
  const pod = options.pod ?? podWorld()
  const disk = new NodeDisk(turns, { poolSize: Number(process.env['UV_THREADPOOL_SIZE'] ?? 4), filesMax })
  const net = new NodeNet(turns, logger, socketsMax, pod)
  const http = new NodeHttp(turns, logger, pod)
  const heavy = new NodeHeavy(turns, Math.min(4, Math.max(1, availableParallelism() - 1)))
  const close = (gone: () => void = () => {}): void => {
    turns.close()
    clock.close()
    let open = 4
    const closed = (): void => {
      if (--open === 0) gone()
    }
    net.close(closed)
    http.close(closed)
    heavy.close(closed)
    disk.close(closed)
  }
  const halt = (reason: string): never => {
    logger.error('Halting', { reason })
    if (options.halt === undefined) process.exit(1)
    close()
    options.halt(reason)
    throw new Error(`halted: ${reason}`)
  }
  const shownDisk = pod === null ? disk : new PodDisk(disk, pod)
  return { clock, random: new NodeRandom(), disk: shownDisk, net, http, heavy, logger, halt, close }
}
