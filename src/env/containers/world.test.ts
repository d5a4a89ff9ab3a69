import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import http from 'node:http'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { NodeAddresses, NodePodFiles, NodeProber } from './index.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-pods-'))
  ends.push(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const file = (path: string, text: string, mode = 0o640) => ({ path, bytes: new TextEncoder().encode(text), mode })

test('projected files change together, with their modes, and only when they are others', async () => {
  const path = join(await place(), 'v')
  const files = new NodePodFiles()
  await files.project(path, [file('a', '1'), file('d/b', '2', 0o600)])
  assert.deepEqual((await readdir(path)).filter((name) => !name.startsWith('..2')).sort(), ['..data', 'a', 'd'])
  assert.equal(await readFile(join(path, 'd/b'), 'utf8'), '2')
  assert.equal((await stat(join(path, 'd/b'))).mode & 0o777, 0o600)
  const names = await readdir(path)
  await files.project(path, [file('a', '1'), file('d/b', '2', 0o600)])
  assert.deepEqual(await readdir(path), names)
  await files.project(path, [file('a', '3'), file('c', '4')])
  assert.deepEqual((await readdir(path)).filter((name) => !name.startsWith('..')).sort(), ['a', 'c'])
  assert.equal(await readFile(join(path, 'a'), 'utf8'), '3')
  assert.equal((await readdir(path)).filter((name) => name.startsWith('..2')).length, 1)
})

test('a file does not leave its volume', async () => {
  const path = join(await place(), 'v')
  for (const name of ['../a', '/a', 'a/../../b', '', '..']) {
    await assert.rejects(new NodePodFiles().project(path, [file(name, '')]), { code: 'EINVAL' }, name)
  }
})

test('each home has its own block; owners keep their addresses; a home that is gone gives its block back', async () => {
  const blocks = join(await place(), 'blocks')
  const [one, two] = [await place(), await place()]
  const at = (home: string) => NodeAddresses.open({ home, directory: join(home, 'net'), blocks })
  const first = await at(one)
  const second = await at(two)
  assert.notEqual(first.hostIp, second.hostIp)
  const a = await first.take('a')
  assert.equal(await first.take('a'), a)
  const b = await first.take('b')
  assert.notEqual(a, b)
  const again = await at(one)
  assert.deepEqual([again.hostIp, await again.take('b')], [first.hostIp, b])
  again.give('b')
  assert.notEqual(await again.take('c'), b, 'not at once to another')

  const block = first.hostIp.split('.')[1]!
  assert.equal(await readFile(join(blocks, block), 'utf8'), one)
  await rm(one, { recursive: true })
  const third = await NodeAddresses.open({ home: two, directory: join(two, 'other'), blocks })
  assert.equal(third.hostIp, second.hostIp)
})

test('where only 127.0.0.1 is to be used, addresses are shown and ports are notes', async () => {
  const home = await place()
  const blocks = join(home, 'blocks')
  const addresses = await NodeAddresses.open({ home, directory: home, blocks, loopback: 'single' })
  assert.deepEqual([addresses.mode, addresses.hostIp], ['remapped-ports', '127.0.0.1'])
  const host = await addresses.take('pod')
  const { ports } = addresses
  assert.equal(ports!.real({ host, port: 80 }), null)
  ports!.note({ host, port: 80 }, 1234)
  assert.deepEqual(ports!.real({ host, port: 80 }), { host: '127.0.0.1', port: 1234 })
  addresses.give('pod')
  assert.equal(ports!.real({ host, port: 80 }), null)
})

test('probes answer what a kubelet says of them', async () => {
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === '/bad' ? 503 : 204
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(async () => server.close())
  const { port } = server.address() as net.AddressInfo
  const to = { host: '127.0.0.1', port }
  const prober = new NodeProber(null)
  const ask = (path: string) => prober.http({ scheme: 'http', to, path, headers: [] }, 2000)
  assert.equal(await prober.tcp(to, 2000), null)
  assert.equal(await ask('/good'), null)
  assert.equal(await ask('/bad'), 'HTTP probe failed with statuscode: 503')
  server.close()
  server.closeAllConnections()
  assert.equal(await prober.tcp(to, 2000), `dial tcp 127.0.0.1:${port}: connect: connection refused`)
  assert.equal(
    await ask('/'),
    `Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  )
})
