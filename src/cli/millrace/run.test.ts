import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeEnv } from '../../env/node/index.ts'
import { runMillrace } from '../index.ts'

/** What one call said and its exit code. `refuses`: a network on which nobody listens, and whose clock has passed. */
async function run(...words: string[]): Promise<{ out: string; err: string; code: number; tried: string[] }> {
  const env = nodeEnv({ logLevel: 'off' })
  const tried: string[] = []
  let nowMs = 0
  const clock = {
    ...{ wallMs: () => 0, monoMs: () => nowMs },
    at(monoMs: number, run: () => void) {
      nowMs = monoMs
      queueMicrotask(run)
      return { cancel: () => {} }
    },
  }
  const said = { out: '', err: '' }
  const code = await runMillrace(words, {
    env: {
      ...env,
      clock: { ...env.clock, ...clock },
      net: {
        listen: env.net.listen,
        connect({ host, port }, done) {
          tried.push(`${host}:${port}`)
          const failure = { code: 'ECONNREFUSED', message: 'refused', retry: 'later', cause: null } as const
          // a socket is looked at when there is no failure
          queueMicrotask(() => done(failure, null as never))
        },
      },
    },
    workingDirectory: '/',
    out: (data) => void (said.out += data),
    err: (text) => void (said.err += text),
    drained: () => Promise.resolve(),
    stdin: (async function* () {})(),
    isInteractive: false,
    stop: new AbortController().signal,
  })
  await new Promise<void>((gone) => env.close(gone))
  return { ...said, code, tried }
}

test('a word that is none is answered with the nearest', async () => {
  assert.match((await run('topicz')).err, /^millrace: there is no topicz; did you mean topics\?\n/)
  assert.match((await run('topics', 'crate', 't')).err, /there is no crate; did you mean create\?/)
  assert.match((await run('topics', '--jsno')).err, /there is no --jsno; did you mean --json\?/)
  assert.match((await run('zzzzzzzz')).err, /there is no zzzzzzzz\. There are: up, /)
})

test('addresses that refuse are named after five seconds, whatever the verb', async () => {
  for (const words of [['topics'], ['status'], ['consume', 't'], ['produce', 't', 'v'], ['groups']]) {
    const { err, code, tried } = await run(...words, '-b', 'localhost:9999')
    assert.match(err, new RegExp(`^millrace ${words[0]}.*: localhost:9999 refuses connections \\(ECONNREFUSED\\)`))
    assert.equal(code, 1)
    assert.ok(tried.length > 5 && tried.length < 50)
    assert.deepEqual([...new Set(tried)], ['localhost:9999'])
  }
  assert.match((await run('topics', '-b', 'a:1,b:2')).err, /a:1, b:2 refuse connections/)
})
