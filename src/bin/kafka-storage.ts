/** `kafka-storage.sh random-uuid | info | format | version-mapping | feature-dependencies`. */
import './pool.ts'
import { kafkaStorage } from '../cli/kafka-storage.ts'
import { nodeEnv } from '../env/node/index.ts'

const env = nodeEnv({ logLevel: 'off' })
process.exitCode = await kafkaStorage(process.argv.slice(2), {
  env,
  workingDirectory: process.cwd(),
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
})
env.close()
