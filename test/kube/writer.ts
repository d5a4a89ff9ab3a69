/** A process that creates objects in a store on a real disk, one after the other, and names each that was acknowledged. */
import { crc32c } from '../../src/bytes/index.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { apiServer, openStore } from '../../src/kube/index.ts'
import { kubeOver, type Obj } from '../../src/kube-client/index.ts'
import { openKinds } from './world.ts'

const [directory = '', round = ''] = process.argv.slice(2)
const env = nodeEnv({ logLevel: 'warn' })
// Small, so that snapshots are being written, too, when the end comes.
const store = await openStore({ ...env, crc32c }, directory, { logBytesMax: 20_000 })
const server = apiServer({ env, store, kinds: openKinds })
const kube = kubeOver(server.handle.bind(server), env.clock, { as: { name: 'writer', groups: ['system:masters'] } })
const kind = { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true }

async function write(lane: number): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `r${round}-${lane}-${i}`
    const object: Obj = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
      data: { name },
    }
    const written = await kube.apply({ do: 'create', kind, object })
    process.stdout.write(`${name} ${written!.metadata.resourceVersion}\n`)
  }
}
await Promise.all([write(0), write(1), write(2)])
