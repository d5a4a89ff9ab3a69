import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeEnv } from './index.ts'

function withEnv(behaviour: string, run: (env: ReturnType<typeof nodeEnv>) => Promise<void>): void {
  test(behaviour, async () => {
    const env = nodeEnv({ logLevel: 'off' })
    try {
      await run(env)
    } finally {
      env.close()
    }
  })
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

withEnv(
  'a turn end runs after the turn that asked, once; asked during a turn end it is the next',
  async ({ clock }) => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      clock.atTurnEnd(() => {
        order.push('first')
        clock.atTurnEnd(() => {
          order.push('next turn')
          resolve()
        })
      })
      clock.atTurnEnd(() => order.push('second'))
      order.push('asked')
    })
    assert.deepEqual(order, ['asked', 'first', 'second', 'next turn'])
  },
)

withEnv('answers that are due come before the turn ends they ask for, in one turn', async ({ clock, disk }) => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    // Two answers of one turn share the turn end that both ask for.
    for (const name of ['a', 'b']) {
      disk.readAll('/nowhere', 1, () => {
        order.push(name)
        clock.atTurnEnd(() => order.push(`end of ${name}`))
        if (name === 'b') clock.atTurnEnd(resolve)
      })
    }
  })
  assert.deepEqual(order, ['a', 'b', 'end of a', 'end of b'])
})

withEnv('a timer fires once, at or after its time, in the order of times', async ({ clock }) => {
  const startMs = clock.monoMs()
  const order: string[] = []
  await new Promise<void>((resolve) => {
    clock.at(startMs + 12.5, () => {
      assert.ok(clock.monoMs() >= startMs + 12.5)
      order.push('later')
      resolve()
    })
    clock.at(startMs + 3.2, () => {
      assert.ok(clock.monoMs() >= startMs + 3.2)
      order.push('sooner')
    })
    clock.at(startMs - 5, () => order.push('past'))
    clock.at(startMs + 5, () => order.push('cancelled')).cancel()
    assert.deepEqual(order, [])
  })
  assert.deepEqual(order, ['past', 'sooner', 'later'])
})

withEnv('a timer that lies beyond what the system can count does not fire at once', async ({ clock }) => {
  const timer = clock.at(clock.monoMs() + 2 ** 40, () => assert.fail('fired'))
  await new Promise<void>((resolve) => clock.at(clock.monoMs() + 20, resolve))
  timer.cancel()
})

withEnv('slices of several callers take turns, and each ends when it says so', async ({ clock }) => {
  const steps: string[] = []
  const run = (name: string, count: number): Promise<void> =>
    new Promise((resolve) => {
      let left = count
      clock.slice(() => {
        steps.push(name)
        if (--left === 0) resolve()
        return left === 0
      })
    })
  const done = Promise.all([run('a', 3), run('b', 2), run('c', 4)])
  assert.deepEqual(steps, [])
  await done
  assert.deepEqual(steps, ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'c', 'c'])
})

withEnv('slices let other work through', async ({ clock }) => {
  let turns = 0
  let isDone = false
  const startMs = clock.monoMs()
  clock.slice(() => {
    isDone = clock.monoMs() > startMs + 20
    return isDone
  })
  while (!isDone) {
    await turn()
    turns++
  }
  assert.ok(turns >= 3, `${turns} turns`)
})

test('after close nothing is called any more', async () => {
  const env = nodeEnv({ logLevel: 'off' })
  const fail = () => assert.fail('called after close')
  env.clock.atTurnEnd(fail)
  env.clock.at(env.clock.monoMs(), fail)
  env.clock.slice(fail as () => boolean)
  env.disk.list('/', fail)
  env.disk.space('/', fail)
  env.net.listen({ host: '127.0.0.1', port: 0 }, fail, fail)
  env.heavy.run('compress', { codec: 'gzip', level: null, bytes: new Uint8Array(10) }, fail)
  env.heavy.run('compress', { codec: 'gzip', level: null, bytes: new Uint8Array(1 << 20) }, fail)
  env.close()
  env.clock.atTurnEnd(fail)
  env.clock.slice(fail as () => boolean)
  env.disk.readAll('/nowhere', 1, fail)
  await new Promise((resolve) => setTimeout(resolve, 30))
})

test('several worlds live in one process, and closing one leaves the others', async () => {
  const [one, two] = [nodeEnv({ logLevel: 'off' }), nodeEnv({ logLevel: 'off' })]
  one.close()
  await new Promise<void>((resolve) => two.clock.atTurnEnd(resolve))
  two.close()
})

test('halting a world inside a process that goes on ends that world and tells its owner', async () => {
  const reasons: string[] = []
  const env = nodeEnv({ logLevel: 'off', halt: (reason) => reasons.push(reason) })
  env.clock.atTurnEnd(() => assert.fail('called after halt'))
  assert.throws(() => env.halt('the metadata log lies'), /halted: the metadata log lies/)
  await turn()
  assert.deepEqual(reasons, ['the metadata log lies'])
})
