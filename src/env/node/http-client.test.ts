import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { httpClient } from './http-client.ts'

test('whoever takes a connection and says nothing is given up', async () => {
  const taken: Socket[] = []
  const server = createServer((socket) => taken.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = httpClient({ url, tls: { ca: '', cert: '', key: '' }, bodyBytesMax: 1, answerMsMax: 50 })
  const request = { method: 'GET', target: '/', headers: {}, body: '', peer: { address: null, certificate: null } }
  await assert.rejects(client({ ...request, onGone: () => {} }), /gave no answer in 50 ms/)
  client.close()
  for (const socket of taken) socket.destroy()
  server.close()
})
