import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { place, refused, up } from '../../test/cluster/up-world.ts'

test('says in at most eight lines where it is, and a second one on its directory says what to do', async () => {
  const data = join(place, 'new', 'data')
  const first = up('--data', data, '--port', '0')
  const [, port] = await first.until(/^Kafka is up on localhost:(\d+)/)
  await first.until(/bootstrap\.servers=localhost:\d+.*\n/)
  assert.ok(first.said.out.split('\n').length <= 9, first.said.out)
  assert.match(first.said.out, new RegExp(`produce hello 'first message' -b localhost:${port}`))
  const second = await refused('--data', data, '--port', port!)
  assert.equal(
    second.err,
    `millrace up: Millrace already runs on this directory (${data}); stop it, or use --data DIR and --port N\n`,
  )
  assert.equal(second.code, 1)
  first.child.kill('SIGTERM')
  assert.equal(await first.code, 0)
  assert.equal(first.said.err, '')
})

test('a port that another program has is named', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { err, code } = await refused('--data', join(place, 'other'), '--port', String(port))
  server.close()
  assert.equal(err, `millrace up: port ${port} is in use by another program: stop that one, or use --port N\n`)
  assert.equal(code, 1)
})

test('a directory that holds what is not Kafka’s is left as it is', async () => {
  const home = join(place, 'home')
  mkdirSync(join(home, 'photos'), { recursive: true })
  writeFileSync(join(home, 'letter.txt'), '')
  const { err, code } = await refused('--data', home, '--port', '0')
  assert.match(err, /^millrace up: .*home holds files but no Kafka data \(letter\.txt, photos\).*--data DIR\n$/)
  assert.equal(code, 1)
  assert.deepEqual(readdirSync(home).sort(), ['letter.txt', 'photos'])
})

test('a file, a path through a file and a place where nothing can be made are refused in words', async () => {
  const file = join(place, 'file')
  writeFileSync(file, '')
  for (const [data, why] of [
    [file, /file is not a directory; name another one with --data DIR\n$/],
    [join(file, 'x'), /cannot be used for data: a part of the path is a file\. .*--data DIR\n$/],
    ...(process.platform === 'linux'
      ? ([['/proc/x/y', /no directory can be made there\. .*--data DIR\n$/]] as const)
      : []),
  ] as const) {
    const { err, code } = await refused('--data', data, '--port', '0')
    assert.match(err, why)
    assert.equal(code, 1)
  }
})

test('what is said wrongly gets one line, where to read on, and exit code 2', async () => {
  for (const [args, line] of [
    [['--config'], '--config wants KEY=VALUE'],
    [['--config', 'foo'], '--config wants KEY=VALUE, not foo'],
    [['--port'], '--port wants N'],
    [['--port', 'x'], '--port is a number from 0 to 65535, not x'],
    [['--frob'], 'there is no --frob'],
    [['--prot', '1'], 'there is no --prot; did you mean --port?'],
    [
      ['--config', 'num.partitionz=1'],
      'num.partitionz is not a configuration of a broker; did you mean num.partitions?',
    ],
    [
      ['--config', 'listeners=SSL://:9093'],
      'listeners=SSL://:9093: TLS and SASL are not built in Millrace yet; use PLAINTEXT',
    ],
    [['extra'], 'takes no extra'],
    [['--config', 'num.partitions=x'], 'Invalid value x for configuration num.partitions: Not a number of type INT'],
  ] as const) {
    const { err, code } = await refused(...args)
    assert.deepEqual([err, code], [`millrace up: ${line}\nSee: millrace up --help\n`, 2])
  }
})
