import type { Admin } from '../client/index.ts'
import type { Given, OptionSpec } from './argparse.ts'
import { adminOf } from './clients.ts'
import { type JavaConfig, loadProperties } from './java-config.ts'
import type { CliWorld } from './world.ts'

/** Options before the command of tools that talk to brokers or to controllers. */
export function connectionOptions(isRequired: boolean): OptionSpec[] {
  const bootstrap = (name: string, help: string): OptionSpec => {
    const option = { name, kind: 'value', group: 'bootstrap', help } as const
    return isRequired ? { ...option, isGroupRequired: true } : option
  }
  return [
    bootstrap('bootstrap-server', 'Brokers to begin with, as host:port.'),
    bootstrap('bootstrap-controller', 'Controllers to begin with, as host:port.'),
    { name: 'command-config', kind: 'value', help: 'A file of properties for the admin client.' },
  ]
}

export async function withQuorumAdmin<T>(main: Given, world: CliWorld, use: (admin: Admin) => Promise<T>): Promise<T> {
  const path = main.value('command-config')
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  const controllers = main.value('bootstrap-controller')
  if (controllers !== null) config.set('bootstrap.controllers', controllers)
  else config.set('bootstrap.servers', main.value('bootstrap-server')!)
  const admin = adminOf(world, config)
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}
