/** `millrace VERB ...`: `up` and `server` run brokers, `get` and so on ask the control plane; the others are clients (see cli). */
import './pool.ts'
import { isResourceVerb } from './control-plane/verbs/table.ts'

const [verb = 'help', ...rest] = process.argv.slice(2)
if (verb === 'up') {
  const { up } = await import('./up.ts')
  // At once: see kafka-server.ts.
  process.exit(await up(rest))
} else if (verb === '__node' && process.channel) {
  const { runSupervised } = await import('./cluster/index.ts')
  await runSupervised(rest[0]!)
} else if (verb === '__control-plane') {
  const { controlPlane } = await import('./control-plane/main.ts')
  process.exit(await controlPlane())
} else if (verb === 'down') {
  const { down } = await import('./control-plane/up.ts')
  process.exit(await down(rest))
} else if (verb === 'report') {
  const { report } = await import('./control-plane/report.ts')
  process.exit(await report(rest))
} else if (verb === 'env') {
  const { printEnv } = await import('./control-plane/up.ts')
  process.exit(printEnv(rest))
} else if (verb === 'plan') {
  const { plan } = await import('./control-plane/plan.ts')
  process.exit(await plan(rest))
} else if (isResourceVerb(verb)) {
  const { runResourceVerb } = await import('./control-plane/verbs/index.ts')
  process.exit(await runResourceVerb(verb, rest))
} else if (verb === 'server') {
  if (rest.length === 0 || rest[0] === '--help' || rest[0] === '-h') {
    const help = `millrace server: a node as a server.properties says, until a signal stops it

  millrace server FILE [--override KEY=VALUE]...

Examples
  millrace server config/server.properties
  millrace server my.properties --override log.dirs=/var/kafka   a key said differently for once

The same as bin/kafka-server-start.sh FILE, which can also go into the background (-daemon).
`
    if (rest.length === 0) process.stderr.write('millrace server: wants FILE\nSee: millrace server --help\n')
    else process.stdout.write(help)
    process.exit(rest.length === 0 ? 2 : 0)
  }
  process.argv.splice(2, 1)
  await import('./kafka-server.ts')
} else if (verb === '--version' || verb === '-V' || verb === 'version') {
  const { versionLine } = await import('./version.ts')
  process.stdout.write(versionLine())
} else {
  const { runMillrace } = await import('../cli/index.ts')
  const { nodeWorld } = await import('./cli-world.ts')
  const world = nodeWorld()
  await world.end(await runMillrace([verb, ...rest], world, { bootstrapServers: process.env.MILLRACE_BOOTSTRAP }))
}
