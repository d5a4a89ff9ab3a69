/**
 * One of our voters as a process, and nothing else: `voter.ts ID DIR CONTROLLERS [--observer]`, where CONTROLLERS is
 * `id@host:port:directoryId,…`. It formats DIR when it is empty, takes its place in the quorum, and prints a JSON line
 * whenever who leads or what is committed has changed. A line `propose` on stdin appends a NoOpRecord when it leads.
 */
import { createInterface } from 'node:readline'
import { lazyCrc32c, nodeEnv } from '../../../src/env/node/index.ts'
import { defaultLogConfig, openLogStore } from '../../../src/log/index.ts'
import { encodeMetadataRecord, metadataRecord, planFeatures } from '../../../src/metadata/index.ts'
import { serveRaft } from '../../../src/raft/controller-door.ts'
import { formatStorage, type LocalRaftNode, openRaftNode } from '../../../src/raft/index.ts'

const [idText, dir, controllers, clusterId] = process.argv.slice(2) as [string, string, string, string]
const id = Number(idText)
const all = controllers.split(',').map((one) => {
  const [, voterId, host, port, directoryId] = /^(\d+)@([^:]+):(\d+):(.+)$/.exec(one)!
  return { id: Number(voterId), host: host!, port: Number(port), directoryId: directoryId! }
})
const own = all.find((c) => c.id === id)!
const isObserver = process.argv.includes('--observer')
const env = nodeEnv({ logLevel: process.argv.includes('--verbose') ? 'debug' : 'warn' })
const crc32c = lazyCrc32c()
const fail = (what: string): never => {
  console.error(what)
  process.exit(1)
}
const say = (line: object): void => console.log(JSON.stringify({ ms: Math.round(performance.now()), ...line }))
const plan = planFeatures({
  releaseVersion: null,
  levels: new Map(),
  isUnstableEnabled: false,
  hasDynamicQuorum: true,
})
const formatAsk = {
  clusterId,
  nodeId: id,
  directories: [dir],
  metadataDirectory: dir,
  controllerListener: 'CONTROLLER',
  plan,
  initialVoters: isObserver ? null : all,
  ignoresFormatted: true,
}

formatStorage(env, formatAsk, (formatFailure) => {
  if (formatFailure !== null) return fail(formatFailure.message)
  const storeOptions = { dirs: [dir], nodeId: id, clusterId, flush: 'sync', defaults: defaultLogConfig } as const
  openLogStore({ ...env, crc32c }, storeOptions, (storeFailure, store) => {
    if (storeFailure !== null) return fail(storeFailure.message)
    let node: LocalRaftNode | null = null
    openRaftNode(
      {
        env: { ...env, crc32c, halt: (reason: string) => fail(`halt: ${reason}`) },
        store,
        clusterId,
        nodeId: id,
        directory: { id: store.dirs[0]!.id, path: dir },
        staticVoters: null,
        endpoints: [{ name: 'CONTROLLER', host: own.host, port: own.port }],
        isEphemeral: false,
        network: {
          net: env.net,
          random: env.random,
          listener: 'CONTROLLER',
          bootstrap: all.filter((c) => c.id !== id),
          canBeVoter: true,
          joinsItself: process.argv.includes('--joins'),
          software: { name: 'millrace', version: '0' },
        },
      },
      (openFailure, opened) => {
        if (openFailure !== null) return fail(openFailure.message)
        node = opened
        let records = 0
        opened.listen({
          beginSnapshot: () => {
            records = 0
          },
          endSnapshot: () => say({ snapshot: true, records }),
          committed: (batch) => {
            records += batch.records.length
          },
          committedTo: (endOffset, epoch) => say({ committed: endOffset, epoch, records }),
          leadership: (now) => {
            say({ ...now, voters: opened.voters.map((v) => v.key.id) })
            // As the first controller does: an Apache controller does not bear a log that says no metadata.version.
            if (now.isActive && records === 0) {
              const first = plan.records.map((record) => ({ key: null, value: encodeMetadataRecord(record, 30) }))
              opened.propose(first, now.epoch, env.clock.wallMs())
            }
          },
        })
        const lines = createInterface({ input: process.stdin })
        lines.on('line', (line) => {
          if (line === 'propose') {
            const value = encodeMetadataRecord(metadataRecord('NoOpRecord', {}), 30)
            say({ proposed: opened.propose([{ key: null, value }], opened.leadership.epoch, env.clock.wallMs()) })
          }
          if (line === 'describe') say({ report: opened.describeQuorum() })
          if (line === 'resign') opened.resign()
        })
      },
    )
    serveRaft({ net: env.net, clock: env.clock, port: own.port, node: () => node }, (failure) => {
      if (failure !== null) fail(failure.message)
    })
  })
})
