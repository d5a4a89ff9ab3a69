import { kafkaStorage } from '../../cli/kafka-storage.ts'
import { parseBrokerConfig } from '../../config/index.ts'
import type { Disk, Failure } from '../../env/index.ts'
import { nodeEnv } from '../../env/node/index.ts'
import { runNode, useConfig } from '../run-node.ts'

/** Where the operator's ConfigMap is mounted. */
const configDirectory = '/opt/kafka/custom-config'
const fileBytesMax = 4 * 1024 * 1024

/**
 * What `/opt/kafka/kafka_run.sh` is in Strimzi's image: formats the storage of a new node with the cluster's id and
 * metadata version, then runs the node until a signal stops it. Answers the exit code.
 */
export async function kafkaRun(): Promise<number> {
  const env = nodeEnv()
  const read = (name: string) => readText(env.disk, `${configDirectory}/${name}`)
  const [text, clusterId, metadataVersion] = await Promise.all([
    read('server.config'),
    read('cluster.id'),
    read('metadata.version'),
  ])
  if (text === null || clusterId === null) {
    process.stderr.write(`ERROR ${configDirectory} has no ${text === null ? 'server.config' : 'cluster.id'}\n`)
    return 1
  }
  const config = useConfig(parseBrokerConfig(text, []))
  const version = metadataVersion === null ? [] : ['--release-version', metadataVersion.trim()]
  const formatted = await kafkaStorage(
    [
      ...['format', '--config', `${configDirectory}/server.config`, '--cluster-id', clusterId.trim()],
      ...['--ignore-formatted', ...version],
    ],
    {
      env,
      workingDirectory: '/',
      out: (line) => void process.stdout.write(line),
      err: (line) => void process.stderr.write(line),
    },
  )
  if (formatted !== 0) return formatted
  try {
    return await (await runNode(config, env)).stopped
  } catch (thrown) {
    process.stderr.write(`ERROR Exiting Kafka due to fatal exception: ${(thrown as Error).message}\n`)
    return 1
  }
}

/** Null: there is no such file. */
function readText(disk: Disk, path: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    disk.readAll(path, fileBytesMax, (failure: Failure | null, bytes) => {
      if (failure === null) resolve(new TextDecoder().decode(bytes))
      else if (failure.code === 'ENOENT') resolve(null)
      else reject(new Error(failure.message))
    })
  })
}
