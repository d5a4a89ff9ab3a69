import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import type { ContainerExit, ContainerStart } from '../index.ts'
import { isAlive } from './process-table.ts'
import { endRecorded, NodeRuntime } from './runtime.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-runtime-'))
  ends.push(async () => {
    await endRecorded(directory, 0)
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}

function runtimeAt(directory: string) {
  const runtime = new NodeRuntime({ directory })
  ends.push(() => runtime.close())
  const heard = new Map<string, (exit: ContainerExit) => void>()
  const early = new Map<string, ContainerExit>()
  runtime.onExit((id, exit) => {
    early.set(id, exit)
    heard.get(id)?.(exit)
  })
  const exitOf = (id: string): Promise<ContainerExit> =>
    new Promise((resolve) => {
      const exit = early.get(id)
      if (exit !== undefined) resolve(exit)
      else heard.set(id, resolve)
    })
  const logOf = async (id: string, ask = {}): Promise<string> => {
    const parts: Uint8Array[] = []
    for await (const chunk of runtime.logs(id, ask)) parts.push(chunk)
    return Buffer.concat(parts).toString()
  }
  return { runtime, exitOf, logOf }
}

const sh = (id: string, script: string, more: Partial<ContainerStart> = {}): ContainerStart => ({
  ...{ id, labels: { pod: 'p' }, argv: ['sh', '-c', script], workdir: '/', env: { PATH: process.env['PATH']! } },
  ...{ stdin: 'none', tty: false },
  ...more,
})

async function firstLine(log: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of log) break
}

/** The numbers of all processes whose command holds `text`. */
async function processesWith(text: string): Promise<number[]> {
  const child = spawn('ps', ['-A', '-o', 'pid=,args='], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  await once(child, 'close')
  return out.split('\n').flatMap((line) => (line.includes(text) ? [Number.parseInt(line, 10)] : []))
}

test('a container writes its output to its log and its exit code is told', async () => {
  const { runtime, exitOf, logOf } = runtimeAt(await place())
  const running = await runtime.start(sh('a', 'echo out; echo err >&2; echo "$MILLRACE_CONTAINER"; exit 7'))
  assert.equal(running.exit, null)
  const { code, oom } = await exitOf('a')
  assert.deepEqual({ code, oom }, { code: 7, oom: false })
  assert.equal(await logOf('a'), 'out\nerr\na\n')
  assert.equal(await logOf('a', { tailLines: 1 }), 'a\n')
  assert.equal(await logOf('a', { bytesMax: 5 }), 'out\ne')
  for (const line of (await logOf('a', { timestamps: true })).trim().split('\n')) {
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (out|err|a)$/)
  }
  assert.equal(await logOf('a', { sinceMs: Date.now() + 60_000 }), '')
  await runtime.forget('a')
  assert.deepEqual(await runtime.recorded(), [])
})

test('TERM reaches the program; KILL ends everything it started, whatever session that is in', async () => {
  const { runtime, exitOf, logOf } = runtimeAt(await place())
  await runtime.start(sh('polite', 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.05; done'))
  await firstLine(runtime.logs('polite', { follow: true }))
  runtime.signal('polite', 'TERM')
  assert.equal((await exitOf('polite')).code, 3)
  assert.equal(await logOf('polite'), 'ready\nbye\n')

  const mark = `311${process.pid}`
  await runtime.start(sh('stubborn', `trap "" TERM; setsid sleep ${mark} & echo ready; sleep ${mark}`))
  await firstLine(runtime.logs('stubborn', { follow: true }))
  runtime.signal('stubborn', 'TERM')
  runtime.signal('stubborn', 'KILL')
  assert.equal((await exitOf('stubborn')).code, 137)
  assert.equal(await logOf('stubborn'), 'ready\n')
  assert.deepEqual(await processesWith(`sleep ${mark}`), [])
})

test('what a program leaves behind does not outlive it', async () => {
  const { runtime, exitOf } = runtimeAt(await place())
  const mark = `312${process.pid}`
  await runtime.start(sh('a', `setsid sleep ${mark} & exit 0`))
  assert.equal((await exitOf('a')).code, 0)
  assert.deepEqual(await processesWith(`sleep ${mark}`), [])
})

test('a later runtime adopts what runs, hears of its end and reads its whole log', async () => {
  const directory = await place()
  const first = runtimeAt(directory)
  await first.runtime.start(sh('a', 'trap "echo two; exit 4" TERM; echo one; while :; do sleep 0.05; done'))
  await first.runtime.start(sh('b', 'exit 5'))
  await first.exitOf('b')
  await firstLine(first.runtime.logs('a', { follow: true }))
  await first.runtime.close()

  const second = runtimeAt(directory)
  const found = (await second.runtime.recorded()).map(({ id, labels, exit }) => [id, labels, exit?.code ?? null])
  assert.deepEqual(found.sort(), [
    ['a', { pod: 'p' }, null],
    ['b', { pod: 'p' }, 5],
  ])
  second.runtime.signal('a', 'TERM')
  assert.equal((await second.exitOf('a')).code, 4)
  assert.equal(await second.logOf('a'), 'one\ntwo\n')
})

test('the control plane is killed: its containers go on, and end with the next one', async () => {
  const directory = await place()
  const door = new URL('./runtime.ts', import.meta.url).href
  const start = JSON.stringify(sh('a', 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'))
  const program = `import { NodeRuntime } from '${door}'
    const runtime = new NodeRuntime({ directory: '${directory}' })
    await runtime.start(${start})
    for await (const _ of runtime.logs('a', { follow: true })) break
    process.kill(process.pid, 'SIGKILL')`
  const control = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
  assert.deepEqual(await once(control, 'exit'), [null, 'SIGKILL'])
  const { runtime, exitOf } = runtimeAt(directory)
  assert.deepEqual(
    (await runtime.recorded()).map(({ exit }) => exit),
    [null],
  )
  runtime.signal('a', 'TERM')
  assert.equal((await exitOf('a')).code, 9)
})

test('records alone are enough to end everything', async () => {
  const directory = await place()
  const { runtime } = runtimeAt(directory)
  const mark = `313${process.pid}`
  await runtime.start(sh('a', `sleep ${mark}`))
  await runtime.start(sh('b', `trap "" TERM; sleep ${mark} & wait; sleep ${mark}`))
  await runtime.close()
  assert.equal(await endRecorded(directory, 200), 2)
  assert.deepEqual(await processesWith(`sleep ${mark}`), [])
  assert.equal(await endRecorded(directory, 0), 0)
})

test('a killed shim takes its container with it', async () => {
  const directory = await place()
  const { runtime, exitOf } = runtimeAt(directory)
  const mark = `314${process.pid}`
  await runtime.start(sh('a', `sleep ${mark}`))
  process.kill(Number.parseInt(await readFile(join(directory, 'a', 'shim'), 'utf8'), 10), 'SIGKILL')
  assert.equal((await exitOf('a')).code, 137)
  assert.deepEqual(await processesWith(`sleep ${mark}`), [])
})

test('a program that is not there is refused before anything starts', async () => {
  const { runtime } = runtimeAt(await place())
  await assert.rejects(runtime.start(sh('a', '', { argv: ['no-such-program'] })), {
    code: 'ENOENT',
    message: 'exec: "no-such-program": executable file not found in $PATH',
  })
  assert.deepEqual(await runtime.recorded(), [])
})

test('logs are followed until the container ends', async () => {
  const { runtime, logOf } = runtimeAt(await place())
  await runtime.start(sh('a', 'echo one; sleep 0.2; echo two'))
  assert.equal(await logOf('a', { follow: true }), 'one\ntwo\n')
})

test('exec runs in the container and gives its code; attach talks with the program itself', async () => {
  const { runtime, exitOf } = runtimeAt(await place())
  await runtime.start(
    sh('a', 'read line; echo "heard $line"; cat', { stdin: 'once', env: { PATH: '/usr/bin:/bin', X: 'y' } }),
  )
  let out = ''
  const exec = await runtime.exec(
    'a',
    { argv: ['sh', '-c', 'read l; echo $l$X; echo e >&2; exit 7'], stdin: true, tty: null },
    (stream, chunk) => {
      out += `${stream}:${Buffer.from(chunk)}`
      return true
    },
  )
  await exec.write(Buffer.from('x\n'))
  assert.equal(await exec.done, 7)
  assert.deepEqual(out.split('\n').sort(), ['', 'err:e', 'out:xy'])

  let seen = ''
  const attached = await runtime.attach('a', (_stream, chunk) => {
    seen += Buffer.from(chunk)
    return true
  })
  await attached.write(Buffer.from('hello\nrest\n'))
  attached.endInput()
  assert.equal(await attached.done, 0)
  assert.equal((await exitOf('a')).code, 0)
  assert.equal(seen, 'heard hello\nrest\n')
})

test('an exec that is left is ended', async () => {
  const { runtime } = runtimeAt(await place())
  await runtime.start(sh('a', 'sleep 60'))
  const exec = await runtime.exec('a', { argv: ['sleep', '61'], stdin: false, tty: null }, () => true)
  exec.leave()
  assert.equal(await exec.done, 129)
})

test('a process is itself only with its own start', () => {
  assert.equal(isAlive({ pid: process.pid, start: 'another' }), false)
})

test('a container on a terminal sees one, and its talker what it writes', async () => {
  const { runtime, exitOf } = runtimeAt(await place())
  await runtime.start(
    sh('a', 'tty >/dev/null && echo terminal; read line; echo "heard $line"; exit 6', { stdin: 'once', tty: true }),
  )
  let seen = ''
  const attached = await runtime.attach('a', (_stream, chunk) => {
    if (seen === '') void attached.write(Buffer.from('hi\r'))
    seen += Buffer.from(chunk)
    return true
  })
  assert.equal(await attached.done, 6)
  assert.equal((await exitOf('a')).code, 6)
  assert.match(seen, /terminal\r\n/)
  assert.match(seen, /heard hi\r\n$/)
})

test('what is to end last is ended when the others are gone', async () => {
  const directory = await place()
  const { runtime } = runtimeAt(directory)
  const file = join(directory, '..', `order-${process.pid}`)
  const script = (name: string) =>
    `trap "echo ${name} >> ${file}; exit 0" TERM; echo ready; while :; do sleep 0.05; done`
  for (const [id, last] of [
    ['a', 'true'],
    ['b', 'false'],
  ] as const) {
    await runtime.start(sh(id, script(id), { labels: { endsLast: last } }))
    await firstLine(runtime.logs(id, { follow: true }))
  }
  await runtime.close()
  assert.equal(await endRecorded(directory, 5000), 2)
  assert.equal(await readFile(file, 'utf8'), 'b\na\n')
  await rm(file)
})

test('killed at any moment while it starts containers, a control plane leaves none that its records do not know', async () => {
  const door = new URL('./runtime.ts', import.meta.url).href
  const mark = `315${process.pid}`
  for (const afterMs of [1, 3, 6, 10, 15, 25]) {
    const directory = await place()
    const program = `import { NodeRuntime } from '${door}'
      const runtime = new NodeRuntime({ directory: '${directory}' })
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${afterMs})
      for (let i = 0; ; i++) {
        const start = ${JSON.stringify(sh('', `exec sleep ${mark}`))}
        void runtime.start({ ...start, id: 'c' + i })
        if (i % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 1))
      }`
    const control = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
    assert.deepEqual(await once(control, 'exit'), [null, 'SIGKILL'])
    await endRecorded(directory, 0)
    // a shim that was late finds that it may not begin
    while ((await processesWith(directory)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(await processesWith(`sleep ${mark}`), [], `killed after ${afterMs} ms`)
  }
})
