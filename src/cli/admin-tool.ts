import type { Admin } from '../client/index.ts'
import { adminOf } from './clients.ts'
import { type JavaConfig, loadProperties } from './java-config.ts'
import type { Options } from './jopt.ts'
import type { CliWorld } from './world.ts'

/**
 * Runs `use` with an admin client for --bootstrap-server (or --bootstrap-controller) and --command-config, or `oldOption`,
 * which was its name before.
 */
export async function withAdmin<T>(
  o: Options,
  world: CliWorld,
  use: (admin: Admin) => Promise<T>,
  defaults: Readonly<Record<string, string>> = {},
  oldOption?: string,
): Promise<T> {
  const path = o.value('command-config') ?? (oldOption === undefined ? null : o.value(oldOption))
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  for (const [name, value] of Object.entries(defaults)) if (!config.has(name)) config.set(name, value)
  if (o.has('bootstrap-controller')) config.set('bootstrap.controllers', o.required('bootstrap-controller'))
  else config.set('bootstrap.servers', o.required('bootstrap-server'))
  const admin = adminOf(world, config)
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}
