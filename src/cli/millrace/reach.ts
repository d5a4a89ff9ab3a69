import { parseBootstrap } from '../../client/index.ts'
import type { JavaConfig } from '../java-config.ts'
import { type CliWorld, ToolFailure } from '../world.ts'

/** A broker that is just being started is waited for that long. */
const PATIENCE_MS = 5_000
const PAUSE_MS = 200
const CONNECT_MS = 5_000

/**
 * Fails when every address that was given refuses connections for some seconds. Whatever else is wrong (no answer, an
 * unknown name) is told by the client, which has more patience.
 */
export async function checkReachable(world: CliWorld, config: JavaConfig): Promise<void> {
  const { clock } = world.env
  const given = config.get('bootstrap.servers')
  if (given === undefined) return
  const servers = parseBootstrap(given)
  const deadlineMs = clock.monoMs() + PATIENCE_MS
  for (;;) {
    let refusing = 0
    for (const { host, port } of servers) {
      if (!(await refuses(world, host, port))) break
      refusing++
    }
    if (refusing < servers.length) return
    if (clock.monoMs() + PAUSE_MS > deadlineMs) break
    await new Promise<void>((woken) => void clock.at(clock.monoMs() + PAUSE_MS, () => woken()))
  }
  const where = servers.map(({ host, port }) => `${host}:${port}`)
  const refuse = where.length === 1 ? 'refuses' : 'refuse'
  throw new ToolFailure(
    `${where.join(', ')} ${refuse} connections (ECONNREFUSED): is a broker running there?\n` +
      'millrace up starts one on localhost:9092; -b HOST:PORT names another.',
  )
}

function refuses(world: CliWorld, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    world.env.net.connect({ host, port, timeoutMs: CONNECT_MS }, (failure, socket) => {
      if (failure === null) socket.close('reset')
      resolve(failure?.code === 'ECONNREFUSED')
    })
  })
}
