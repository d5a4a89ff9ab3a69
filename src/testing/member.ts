import { brokerConfigOf, unknownBrokerKey } from '../config/index.ts'
import type { Disk, Env } from '../env/index.ts'
import { lazyCrc32c } from '../env/node/index.ts'
import { planFeatures } from '../metadata/index.ts'
import { formatStorage } from '../raft/index.ts'
import { type RunningNode, startNode } from '../server/index.ts'

export const HOST = '127.0.0.1'

/** A node that may be stopped and started again: its disk and its port stay. */
export class Member {
  /** Null when it is over: whoever keeps the handle does not keep the records. */
  #env: Env | null
  readonly #config: Map<string, string>
  readonly #stores: Pick<Disk, 'readAll'>
  /** Null while it does not run. */
  #node: RunningNode | null = null
  #port = 0

  /** `stores`: where key stores are read, which the node's own disk may not have. */
  constructor(env: Env, config: ReadonlyMap<string, string>, stores: Pick<Disk, 'readAll'>) {
    this.#env = env
    this.#stores = stores
    this.#config = new Map(config)
  }

  get node(): RunningNode | null {
    return this.#node
  }

  /** Of its listener for clients, since its first start. */
  get port(): number {
    return this.#port
  }

  async start(): Promise<RunningNode> {
    if (this.#env === null) throw new Error('this Kafka is stopped')
    const node = await start(this.#env, this.#config, this.#stores)
    this.#node = node
    const port = node.listeners.find((l) => l.kind === 'broker')?.port
    if (port === undefined) return node
    this.#port = port
    // where clients look for it from now on
    for (const key of ['listeners', 'advertised.listeners']) {
      const text = this.#config.get(key)
      if (text !== undefined) this.#config.set(key, text.replace(/^(PLAINTEXT:.*?):0(?=,|$)/, `$1:${port}`))
    }
    return node
  }

  stop(): Promise<void> {
    const node = this.#node
    this.#node = null
    if (node === null) return Promise.resolve()
    return new Promise((resolve, reject) => {
      node.stop((failure) => (failure === null ? resolve() : reject(new Error(failure.message))))
    })
  }

  /** Stops it for good. */
  end(): Promise<void> {
    this.#env = null
    return this.stop()
  }
}

function start(env: Env, given: ReadonlyMap<string, string>, stores: Pick<Disk, 'readAll'>): Promise<RunningNode> {
  const { config, errors, unknown } = brokerConfigOf(given)
  if (unknown.length > 0) throw new TypeError(`startKafka: ${unknown.map(unknownBrokerKey).join('; ')}`)
  if (config === null) {
    const reasons = errors.map(({ key, message }) => (message.includes(key) ? message : `${key}: ${message}`))
    throw new Error(`startKafka cannot use this configuration: ${reasons.join('; ')}`)
  }
  return new Promise((resolve, reject) => {
    startNode({ env, config, crc32c: lazyCrc32c(), isEphemeral: true, stores }, (failure, node) => {
      if (failure === null) return resolve(node)
      // a node calls it by the key of its configuration
      const why = failure.message.replace('choose another port in listeners', 'choose another with the option port')
      reject(new Error(`startKafka failed: ${why}`, { cause: failure.cause }))
    })
  })
}

/** A directory of a broker in a cluster that is there already. */
export function formatBroker(env: Env, directory: string, clusterId: string, nodeId: number): Promise<void> {
  const plan = planFeatures({
    releaseVersion: null,
    levels: new Map(),
    isUnstableEnabled: false,
    hasDynamicQuorum: false,
  })
  const ask = {
    ...{ clusterId, nodeId, directories: [directory], metadataDirectory: directory },
    ...{ controllerListener: 'CONTROLLER', plan, initialVoters: null, ignoresFormatted: true },
  }
  return new Promise((resolve, reject) => {
    formatStorage(env, ask, (failure) => {
      if (failure === null) resolve()
      else reject(new Error(`startKafka failed: ${failure.message}`))
    })
  })
}

/** Free a moment ago. */
export function freePort(env: Env): Promise<number> {
  return new Promise((resolve, reject) => {
    env.net.listen(
      { host: HOST, port: 0 },
      (socket) => socket.close('reset'),
      (failure, listener) => {
        if (failure !== null) return reject(new Error(`startKafka failed: ${failure.message}`))
        listener.close()
        resolve(listener.address.port)
      },
    )
  })
}
