/** One metadata quorum of our voter and Apache Kafka's controllers: elections, replication, and voters that come and go. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { apacheTool, Background, must, needs, runProgram, until } from './world.ts'

const directories = ['lJNiOm5TR2GFjkqbYVJP0A', 'commlsOaXbXwFKoJiPnfIw', '8-2SxgkRR12GKyQlsrKX_w'] as const
const clusterId = '4L6g3nShT-eMCtK--X86sw'
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** What our voter prints. */
interface Line {
  leaderId?: number | null
  epoch?: number
  isActive?: boolean
  voters?: number[]
  committed?: number
  proposed?: { base: number; end: number } | number
  report?: {
    leaderId: number
    highWatermark: number
    voters: { replica: { id: number }; logEndOffset: number }[]
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, 'localhost', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Voters 1 (ours), 2 and 3 (Apache's); `initial` are the first. */
class Quorum {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-quorum-'))
  readonly #ports = new Map<number, number>()
  readonly apache = new Map<number, Background>()
  readonly #initial: readonly number[]
  ours: Background | null = null

  constructor(initial: readonly number[]) {
    folders.push(this.#folder)
    this.#initial = initial
  }

  async format(): Promise<void> {
    for (const id of [1, 2, 3]) this.#ports.set(id, await freePort())
    for (const id of [2, 3]) {
      const bootstrap = [1, 2, 3].map((other) => `localhost:${this.#ports.get(other)}`).join(',')
      writeFileSync(
        this.#config(id),
        `process.roles=controller
node.id=${id}
controller.quorum.bootstrap.servers=${bootstrap}
listeners=CONTROLLER://localhost:${this.#ports.get(id)}
controller.listener.names=CONTROLLER
log.dirs=${join(this.#folder, `apache-${id}`)}
`,
      )
      const initial = ['--initial-controllers', this.#controllers(this.#initial)]
      await must(apacheTool('kafka-storage', ['format', '-t', clusterId, '-c', this.#config(id), ...initial]))
    }
  }

  #config(id: number): string {
    return join(this.#folder, `${id}.properties`)
  }

  #controllers(ids: readonly number[]): string {
    return ids.map((id) => `${id}@localhost:${this.#ports.get(id)}:${directories[id - 1]}`).join(',')
  }

  startApache(id: number): void {
    this.apache.set(id, new Background(apacheTool('kafka-server-start', [this.#config(id)])))
  }

  startOurs(...more: string[]): void {
    const voter = join(import.meta.dirname, 'raft', 'voter.ts')
    const folder = join(this.#folder, 'ours')
    const args = [process.execPath, voter, '1', folder, this.#controllers([1, 2, 3]), clusterId, ...more]
    this.ours = new Background(args)
  }

  last<K extends keyof Line>(key: K): Line[K] | undefined {
    return this.ours?.json<Line>().findLast((line) => key in line)?.[key]
  }

  async leader(not: number | null = null): Promise<number> {
    const is = (): boolean => typeof this.last('leaderId') === 'number' && this.last('leaderId') !== not
    await until(`a leader other than ${not}`, is, () => this.tell())
    return this.last('leaderId')!
  }

  /** What it last said of who leads. */
  leadership(): { epoch: number; leaderId: number | null } {
    return this.ours!.json<Line>().findLast((line) => 'leaderId' in line) as { epoch: number; leaderId: number | null }
  }

  /** Who leads in an epoch after this one. */
  async leaderAfter(epoch: number): Promise<number> {
    const is = (): boolean => this.leadership().epoch > epoch && this.leadership().leaderId !== null
    await until(`a leader after epoch ${epoch}`, is, () => this.tell())
    return this.leadership().leaderId!
  }

  async report(): Promise<NonNullable<Line['report']>> {
    const before = this.ours!.json<Line>().filter((line) => line.report !== undefined).length
    this.ours!.write('describe\n')
    const all = () => this.ours!.json<Line>().filter((line) => line.report !== undefined)
    await until('a report', () => all().length > before)
    return all().at(-1)!.report!
  }

  /** What Apache's tool prints; empty while it cannot. */
  async describe(id: number): Promise<string> {
    const at = ['--bootstrap-controller', `localhost:${this.#ports.get(id)}`, 'describe', '--replication']
    const ran = await runProgram(apacheTool('kafka-metadata-quorum', at))
    return ran.code === 0 ? ran.stdout : ''
  }

  tell(): string {
    return [this.ours?.lines.slice(-5).join('\n'), this.ours?.stderr].join('\n')
  }

  async stop(): Promise<void> {
    await Promise.all([this.ours?.stop('SIGKILL'), ...[...this.apache.values()].map((one) => one.stop('SIGKILL'))])
  }
}

describe('one quorum of ours and Apache Kafka', { skip: needs('apache'), concurrency: 1 }, () => {
  test("our voter follows Apache's controllers, and votes for the next when the leader is killed", async () => {
    const q = new Quorum([1, 2, 3])
    await q.format()
    q.startApache(2)
    q.startApache(3)
    // Theirs elect first: controllers register with the active one, which ours, a voter and no more, does not answer.
    await until('theirs have a leader', async () => (await q.describe(2)).includes('Leader'))
    q.startOurs()
    const leader = await q.leader()
    assert.ok(leader === 2 || leader === 3)
    await until(
      'records',
      () => (q.last('committed') ?? 0) > 10,
      () => q.tell(),
    )
    const follower = (id: number) =>
      new RegExp(`^${id}\\s+${directories[id - 1]}\\s+\\d+\\s+\\d+\\s+\\d+\\s+\\d+\\s+Follower`, 'm')
    await until('it is a follower', async () => follower(1).test(await q.describe(leader)))
    await q.apache.get(leader)!.stop('SIGKILL')
    const second = await q.leader(leader)
    const before = q.last('committed')!
    if (second !== 1)
      await until(
        'the new leader commits',
        () => q.last('committed')! > before,
        () => q.tell(),
      )
    q.startApache(leader)
    if (second !== 1) {
      await until('the old leader follows', async () => follower(leader).test(await q.describe(second)))
    }
    await q.stop()
  })

  test("Apache's controllers follow ours, hold what it commits, and take over when it hands over", async () => {
    const q = new Quorum([1, 2, 3])
    await q.format()
    q.startOurs()
    await until('it looks for others', () => q.ours!.lines.length > 0)
    // Ours asks for votes before a starting JVM does; should it come second all the same, the other starts again.
    q.startApache(2)
    let leader = await q.leader()
    for (let tries = 0; leader !== 1 && tries < 5; tries++) {
      await q.apache.get(leader)!.stop('SIGKILL')
      q.startApache(leader)
      leader = await q.leader(leader)
    }
    assert.equal(leader, 1)
    q.startApache(3)
    await until('it leads', () => q.last('isActive') === true)
    for (let i = 0; i < 20; i++) q.ours!.write('propose\n')
    await until('proposed', () => typeof q.last('proposed') === 'object')
    const end = q.last('proposed') as { end: number }
    await until(
      'committed',
      () => q.last('committed')! >= end.end,
      () => q.tell(),
    )
    await until('all hold it', async () => (await q.report()).voters.every((v) => v.logEndOffset >= end.end))
    // Both of theirs may ask for each other's vote at once and split it; ours may then be the next, and hands over again.
    let next = 1
    for (let tries = 0; next === 1 && tries < 10; tries++) {
      const { epoch } = q.leadership()
      q.ours!.write('resign\n')
      next = await q.leaderAfter(epoch)
    }
    assert.ok(next === 2 || next === 3)
    await until(
      'the new leader commits',
      () => q.last('committed')! > end.end,
      () => q.tell(),
    )
    await q.stop()
  })

  test("our node joins Apache's controllers as an observer and becomes a voter by itself", async () => {
    const q = new Quorum([2, 3])
    await q.format()
    q.startApache(2)
    q.startApache(3)
    q.startOurs('--observer', '--joins')
    const leader = await q.leader()
    const voters = async (): Promise<boolean> =>
      /^1\s+\S+\s+\d+\s+\d+\s+\d+\s+\d+\s+Follower/m.test(await q.describe(leader))
    await until('it is a voter', voters, () => q.tell())
    await q.stop()
  })
})
