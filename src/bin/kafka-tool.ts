/** `kafka-*.sh`: the first argument is the name of the tool. */
import './pool.ts'
import { runKafkaTool } from '../cli/index.ts'
import { nodeWorld } from './cli-world.ts'

const [name = '', ...args] = process.argv.slice(2)
const world = nodeWorld()
const code = await runKafkaTool(name, args, world)
await world.end(code)
