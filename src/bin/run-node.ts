import { readFileSync } from 'node:fs'
import { type BrokerConfig, type ParsedConfig, parseBrokerConfig } from '../config/index.ts'
import type { Failure } from '../env/index.ts'
import { collectWhenIdle, lazyCrc32c, type NodeEnv, nodeEnv } from '../env/node/index.ts'
import { type RunningNode, startNode } from '../server/index.ts'

/** A properties file that cannot be used: said on stderr, line by line, and the process ends with 1. */
export function readConfig(file: string, overrides: readonly (readonly [string, string])[]): BrokerConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    return refuse([`Cannot read ${file}: ${(thrown as Error).message}`])
  }
  return useConfig(parseBrokerConfig(text, overrides))
}

export function useConfig({ config, errors, warnings }: ParsedConfig): BrokerConfig {
  for (const warning of warnings) process.stderr.write(`WARN ${warning}\n`)
  if (config !== null) return config
  return refuse(
    errors.map(({ key, value, message }) => `${message}${message.includes(key) ? '' : ` (${key}=${value ?? ''})`}`),
  )
}

function refuse(lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`ERROR ${line}\n`)
  process.exit(1)
}

/** Why a node did not start; `code` as in {@link Failure}. */
export class StartFailure extends Error {
  readonly code: string

  constructor(failure: Failure) {
    super(failure.message)
    this.code = failure.code
  }
}

export interface StartedNode {
  readonly node: RunningNode
  readonly env: NodeEnv
  /** Resolves when the node has stopped, with the exit code. */
  readonly stopped: Promise<number>
  /** What a first signal does. */
  stop(): void
}

/**
 * Starts a node that owns this process: SIGTERM and SIGINT stop it in order; a second one ends the process at once,
 * which the next start recovers from like from any crash.
 */
export function runNode(config: BrokerConfig, env: NodeEnv = nodeEnv()): Promise<StartedNode> {
  const crc32c = lazyCrc32c()
  return new Promise((resolve, reject) => {
    startNode({ env, config, crc32c, isEphemeral: false }, (failure, node) => {
      if (failure !== null) return reject(new StartFailure(failure))
      collectWhenIdle()
      const { promise: stopped, resolve: exited } = Promise.withResolvers<number>()
      let isStopping = false
      const stop = () => {
        if (isStopping) return
        isStopping = true
        node.stop((stopFailure) => {
          if (stopFailure !== null) process.stderr.write(`ERROR The shutdown was not clean: ${stopFailure.message}\n`)
          env.close()
          exited(stopFailure === null ? 0 : 1)
        })
      }
      const onSignal = (signal: string) => {
        if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
        stop()
      }
      process.on('SIGTERM', onSignal)
      process.on('SIGINT', onSignal)
      process.on('SIGHUP', onSignal)
      resolve({ node, env, stopped, stop })
    })
  })
}
