/** `millrace VERB ...`: `up` and `server` run brokers; the other verbs are clients (see cli). */
import './pool.ts'

const [verb = 'help', ...rest] = process.argv.slice(2)
if (verb === 'up') {
  const { up } = await import('./up.ts')
  process.exitCode = await up(rest)
} else if (verb === 'server') {
  process.argv.splice(2, 1)
  await import('./kafka-server.ts')
} else {
  const { runMillrace } = await import('../cli/index.ts')
  const { nodeWorld } = await import('./cli-world.ts')
  const world = nodeWorld()
  await world.end(await runMillrace([verb, ...rest], world, { bootstrapServers: process.env.MILLRACE_BOOTSTRAP }))
}
