/** Our tools in this process, and our broker for them. */

import { freePorts, singleNodeConfig } from '../../scripts/apache-node.ts'
import { runKafkaTool } from '../../src/cli/index.ts'
import { type BrokerConfig, brokerConfigOf } from '../../src/config/index.ts'
import { lazyCrc32c, nodeEnv } from '../../src/env/node/index.ts'
import { type RunningNode, startNode } from '../../src/server/index.ts'
import type { ToolProcess } from './tool-process.ts'

/** Runs a tool as `src/bin/kafka-tool.ts` does, with streams and signals of its own. */
export function runInProcess(tool: string, args: readonly string[], dir: string): ToolProcess {
  const env = nodeEnv({ logLevel: 'off' })
  const stop = new AbortController()
  const input = new Input()
  const decoder = new TextDecoder()
  let watchesSignals = false
  let end: (exit: string) => void = () => {}
  const process: ToolProcess = {
    onOutput: () => {},
    write: (text) => input.write(text),
    end: () => input.end(),
    kill(signal) {
      const code = signal === 'SIGINT' ? 130 : 143
      if (signal === 'SIGKILL') end(signal)
      else if (watchesSignals) stop.abort(code)
      else end(String(code))
    },
    ended: new Promise((resolve, reject) => {
      let isOver = false
      end = (exit) => {
        if (isOver) return
        isOver = true
        resolve(exit)
        // a process that ends leaves nothing running
        stop.abort(137)
        env.close()
      }
      const world = {
        env,
        workingDirectory: dir,
        out: (data: string | Uint8Array) => {
          if (!isOver)
            process.onOutput('stdout', typeof data === 'string' ? data : decoder.decode(data, { stream: true }))
        },
        err: (text: string) => {
          if (!isOver) process.onOutput('stderr', text)
        },
        drained: () => Promise.resolve(),
        stdin: input,
        isInteractive: false,
        get stop() {
          watchesSignals = true
          return stop.signal
        },
      }
      queueMicrotask(() => {
        runKafkaTool(tool, args, world).then(
          (code) => end(String(code)),
          (thrown) => {
            if (!isOver) reject(thrown)
          },
        )
      })
    }),
  }
  return process
}

class Input implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = []
  #isEnded = false
  #wake = (): void => {}

  write(text: string): void {
    this.#chunks.push(new TextEncoder().encode(text))
    this.#wake()
  }

  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) yield chunk
      else if (this.#isEnded) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

export interface OurBroker {
  readonly bootstrap: string
  readonly controller: string
  stop(): Promise<void>
}

/** A single node with the settings under which Apache's tools were recorded. */
export async function startOurBroker(logDir: string, config: Readonly<Record<string, string>>): Promise<OurBroker> {
  const [brokerPort, controllerPort] = await freePorts(2)
  const bootstrap = `localhost:${brokerPort}`
  const controller = `localhost:${controllerPort}`
  const listeners = `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`
  const { stop } = await startOurNode({
    ...singleNodeConfig,
    listeners,
    'advertised.listeners': listeners,
    'controller.quorum.bootstrap.servers': controller,
    'log.dirs': logDir,
    'millrace.auto.format': 'true',
    ...config,
  })
  return { bootstrap, controller, stop }
}

/** A node in this process, which syncs nothing. */
export async function startOurNode(config: Readonly<Record<string, string>>): Promise<{ stop(): Promise<void> }> {
  const env = nodeEnv({ logLevel: 'off' })
  const node = await new Promise<RunningNode>((resolve, reject) => {
    startNode(
      { env, config: configOf({ 'millrace.flush': 'os', ...config }), crc32c: lazyCrc32c(), isEphemeral: true },
      (failure, running) => (failure === null ? resolve(running) : reject(new Error(failure.message))),
    )
  })
  const stop = (): Promise<void> =>
    new Promise((resolve, reject) => {
      node.stop((failure) => {
        env.close()
        if (failure === null) resolve()
        else reject(new Error(failure.message))
      })
    })
  return { stop }
}

function configOf(given: Readonly<Record<string, string>>): BrokerConfig {
  const { config, errors } = brokerConfigOf(new Map(Object.entries(given)))
  if (config === null) throw new Error(errors.map((e) => `${e.key}: ${e.message}`).join('; '))
  return config
}
