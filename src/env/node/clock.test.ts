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

withEnv('answers that are due come before the turn ends they ask for, in one turn', async ({ clock, heavy }) => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    // Two answers of one turn share the turn end that both ask for.
    for (const name of ['a', 'b']) {
      heavy.run('compress', { codec: 'lz4', level: null, bytes: new Uint8Array(1) }, () => {
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

withEnv('of thousands of timers those that are left fire in order', async ({ clock }) => {
  const startMs = clock.monoMs()
  const fired: number[] = []
  const expected: { at: number; id: number }[] = []
  await new Promise<void>((resolve) => {
    let seed = 1
    for (let id = 0; id < 3000; id++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      const at = (seed >>> 8) % 20
      const timer = clock.at(startMs + at, () => fired.push(id))
      if (seed % 3 === 0) timer.cancel()
      else expected.push({ at, id })
      // Cancelling twice, or after others came and went, changes nothing.
      if (seed % 9 === 0) timer.cancel()
    }
    clock.at(startMs + 20, resolve)
  })
  const inOrder = expected.sort((a, b) => a.at - b.at || a.id - b.id).map(({ id }) => id)
  assert.deepEqual(fired, inOrder)
})

withEnv('a timer may set and cancel others while it fires', async ({ clock }) => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    const startMs = clock.monoMs()
    const victim = clock.at(startMs + 2, () => order.push('victim'))
    clock.at(startMs + 1, () => {
      order.push('first')
      victim.cancel()
      clock.at(startMs, () => order.push('set for the past'))
      clock.at(startMs + 3, resolve)
    })
  })
  assert.deepEqual(order, ['first', 'set for the past'])
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

withEnv('a long step of a slice ends its turn, so that other work comes through', async ({ clock }) => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    let left = 3
    clock.slice(() => {
      const startMs = clock.monoMs()
      while (clock.monoMs() < startMs + 2.5);
      order.push('step')
      clock.atTurnEnd(() => order.push('other work'))
      if (--left === 0) resolve()
      return left === 0
    })
  })
  assert.deepEqual(order, ['step', 'other work', 'step', 'other work', 'step'])
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
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(reasons, ['the metadata log lies'])
})
