import { type BrokerConfig, topicConfigOf, withDynamic } from '../config/index.ts'
import type { Logger } from '../env/index.ts'
import type { LogConfig } from '../log/index.ts'
import { configResourceKey, configResourceType, type MetadataImage } from '../metadata/index.ts'
import { logConfigOf } from './log-config.ts'

const noValues: ReadonlyMap<string, string> = new Map()

/**
 * The configuration in force: the file, over it the cluster's dynamic defaults, over those this broker's own dynamic
 * values. Topics add their overrides; topics without any share one object.
 */
export class LiveConfig {
  readonly file: BrokerConfig
  readonly #logger: Logger
  #now: BrokerConfig
  #plainLogConfig: LogConfig
  #image: MetadataImage | null = null

  constructor(file: BrokerConfig, logger: Logger) {
    this.file = file
    this.#logger = logger
    this.#now = file
    this.#plainLogConfig = logConfigOf(file.topicDefaults)
  }

  get now(): BrokerConfig {
    return this.#now
  }

  /** What the logs of a topic go by. */
  logConfig(topic: string): LogConfig {
    const overrides = this.#image?.configs.get(configResourceKey(configResourceType.topic, topic))?.values
    if (overrides === undefined || overrides.size === 0) return this.#plainLogConfig
    return logConfigOf(topicConfigOf(this.#now.topicDefaults, overrides))
  }

  /** Takes the broker's dynamic values from the image; true when they changed what is in force. */
  apply(image: MetadataImage, changed: ReadonlySet<string>): boolean {
    this.#image = image
    const clusterKey = configResourceKey(configResourceType.broker, '')
    const ownKey = configResourceKey(configResourceType.broker, String(this.file.nodeId))
    if (!changed.has(clusterKey) && !changed.has(ownKey)) return false
    const clusterValues = image.configs.get(clusterKey)?.values ?? noValues
    const ownValues = image.configs.get(ownKey)?.values ?? noValues
    const { config, errors } = withDynamic(this.file, clusterValues, ownValues)
    if (config === null) {
      for (const { key, message } of errors) {
        this.#logger.error('A dynamic configuration cannot take effect; the previous one stays', {
          key,
          reason: message,
        })
      }
      return false
    }
    this.#now = config
    this.#plainLogConfig = logConfigOf(config.topicDefaults)
    return true
  }
}
