import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { keySource } from '../../pki/index.ts'
import { subjectOfCertificate } from '../../security/index.ts'
import { ask } from '../disk.case.ts'
import type { Listener, ListenTls, Net, Socket, TlsContext, TlsMaterial } from '../index.ts'
import { netCases, Received } from '../net.case.ts'
import { nodeEnv } from './index.ts'

const keys = keySource(globalThis.crypto)
const issuing = { organization: 'io.strimzi', validityDays: 2, notBeforeMs: Date.now() - 3_600_000 }
const ca = await keys.createCa({ commonName: 'cluster-ca v0', ...issuing })
const named = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usage: 'server+client' as const }
const broker = await keys.sign(ca, { commonName: 'my-cluster-kafka', ...issuing, ...named })
const user = await keys.sign(ca, { commonName: 'my-user', ...issuing, usage: 'client' })
const otherCa = await keys.createCa({ commonName: 'other-ca', ...issuing })
const stranger = await keys.sign(otherCa, { commonName: 'stranger', ...issuing, ...named })

function material(who: { keyPem: string; certPem: string } | null, trusted: string | null = ca.certPem): TlsMaterial {
  return {
    ...(who === null ? {} : { identity: { key: who.keyPem, chain: who.certPem } }),
    ...{ trusted, versions: ['TLSv1.2', 'TLSv1.3'], ciphers: null },
  }
}

const contextOf = (net: Net, m: TlsMaterial) => ask<TlsContext>((done) => net.tlsContext!(m, done))

// Every behaviour of a Net, over mutual TLS.
const shared = nodeEnv({ logLevel: 'off' })
const sharedServer = await contextOf(shared.net, material(broker))
const sharedClient = await contextOf(shared.net, material(user))
shared.close()
netCases('TLS', () => {
  const env = nodeEnv({ logLevel: 'off' })
  const tls: ListenTls = { context: () => sharedServer, clientAuth: 'required' }
  const net: Net = {
    listen: (at, accept, done) => env.net.listen({ ...at, tls }, accept, done),
    connect: (to, done) => env.net.connect({ ...to, tls: { context: sharedClient, verifyHost: true } }, done),
  }
  return { net, close: () => env.close() }
})

interface World {
  readonly net: Net
  readonly refused: string[]
  readonly server: Promise<Received>
  readonly port: number
}

async function within(tls: Omit<ListenTls, 'refused'> | null, run: (world: World) => Promise<void>): Promise<void> {
  const env = nodeEnv({ logLevel: 'off' })
  try {
    const refused: string[] = []
    const { promise: server, resolve } = Promise.withResolvers<Received>()
    const listenTls =
      tls === null ? {} : { tls: { ...tls, refused: (_: unknown, why: string) => void refused.push(why) } }
    const listener = await ask<Listener>((done) =>
      env.net.listen({ host: '127.0.0.1', port: 0, ...listenTls }, (socket) => resolve(new Received(socket)), done),
    )
    await run({ net: env.net, refused, server, port: listener.address.port })
  } finally {
    env.close()
  }
}

function connect({ net, port }: World, context: TlsContext, host = '127.0.0.1'): Promise<Socket> {
  return ask((done) => net.connect({ host, port, timeoutMs: 5000, tls: { context, verifyHost: true } }, done))
}

const env = nodeEnv({ logLevel: 'off' })
const servers = await contextOf(env.net, material(broker))
const users = await contextOf(env.net, material(user))
const nobody = await contextOf(env.net, material(null))
const strangers = await contextOf(env.net, material(stranger))
env.close()

test('each side sees the certificate of the other', () =>
  within({ context: () => servers, clientAuth: 'required' }, async (world) => {
    const client = await connect(world, users)
    const { socket } = await world.server
    assert.equal(subjectOfCertificate(client.tls!.certificate!), 'CN=my-cluster-kafka,O=io.strimzi')
    assert.equal(subjectOfCertificate(socket.tls!.certificate!), 'CN=my-user,O=io.strimzi')
    assert.equal(socket.tls!.protocol, 'TLSv1.3')
  }))

test('a client without a certificate is nobody where none is required', () =>
  within({ context: () => servers, clientAuth: 'requested' }, async (world) => {
    await connect(world, nobody)
    assert.equal((await world.server).socket.tls!.certificate, null)
  }))

for (const clientAuth of ['required', 'requested'] as const) {
  test(`a certificate of another authority does not enter where one is ${clientAuth}`, () =>
    within({ context: () => servers, clientAuth }, async (world) => {
      // In TLS 1.3 the client's own handshake is over before the server judges.
      const client = new Received(await connect(world, strangers))
      await client.until(() => client.closed !== undefined)
      assert.match(world.refused[0] ?? '', /signed by nobody in the trust store/)
    }))
}

test('who has no certificate where one is required is told so', () =>
  within({ context: () => servers, clientAuth: 'required' }, async (world) => {
    const client = new Received(await connect(world, nobody))
    await client.until(() => client.closed !== undefined)
    assert.match(world.refused[0] ?? '', /a client certificate is required, and none was presented/)
    assert.match(client.closed?.message ?? '', /certificate.required/i)
  }))

test('a client does not believe an authority that it does not know, nor a certificate for another host', () =>
  within({ context: () => servers, clientAuth: 'none' }, async (world) => {
    const distrustful = await contextOf(world.net, material(null, otherCa.certPem))
    await assert.rejects(connect(world, distrustful), { code: 'ETLS', message: /signed by nobody in the trust store/ })
    const elsewhere = { ...issuing, commonName: 'x', dnsNames: ['elsewhere'], usage: 'server+client' as const }
    const impostor = await contextOf(world.net, material(await keys.sign(ca, elsewhere)))
    await within({ context: () => impostor, clientAuth: 'none' }, async (other) => {
      await assert.rejects(connect(other, nobody), { code: 'ETLS', message: /does not match certificate/ })
    })
  }))

test('plain text at a TLS port, and TLS at a port that speaks plain text, are named', async () => {
  await within({ context: () => servers, clientAuth: 'none' }, async ({ port, refused }) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(Uint8Array.of(0, 0, 0, 20, 0, 18, 0, 4, 0, 0, 0, 0, 0, 1, 0x78))
    await new Promise((resolve) => socket.once('close', resolve))
    assert.match(refused[0] ?? '', /what arrived is not TLS; the client’s security protocol does not fit/)
  })
  await within(null, async (world) => {
    void world.server.then(({ socket }) => socket.write([new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')]))
    await assert.rejects(connect(world, nobody), { code: 'ETLS', message: /what arrived is not TLS/ })
  })
})

test('new material serves the next connection', async () => {
  let now = servers
  await within({ context: () => now, clientAuth: 'none' }, async (world) => {
    await connect(world, nobody)
    now = await contextOf(world.net, material(stranger))
    await assert.rejects(connect(world, nobody), { code: 'ETLS' })
    const believer = await contextOf(world.net, material(null, otherCa.certPem))
    await connect(world, believer)
  })
})

test('material that does not fit together is refused', () =>
  within(null, async ({ net }) => {
    const mixed = { keyPem: user.keyPem, certPem: broker.certPem }
    await assert.rejects(contextOf(net, material(mixed)), { code: 'ETLS' })
    await assert.rejects(contextOf(net, material(null, 'no certificate')), { code: 'ETLS' })
  }))
