import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { decoyCredential, scramExchange, scramKeys, scramMechanisms } from './index.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (text: string) => new TextEncoder().encode(text)
const [sha256] = scramMechanisms

/** RFC 7677, section 3: the nonce of the server is 24 characters there; a random source that gives just those is made up. */
test('the exchange of RFC 7677 but for the random part', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const credential = { salt, iterations: 4096, ...scramKeys('sha256', pbkdf2Sync('pencil', salt, 4096, 32, 'sha256')) }
  const random = { bytes: (into: Uint8Array) => into.fill(0) }
  const exchange = scramExchange(sha256!, random, (user) => (user === 'user' ? credential : null))
  const first = exchange.step(bytes('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'))
  assert.equal(first.kind, 'challenge')
  assert.equal(
    text((first as { bytes: Uint8Array }).bytes),
    `r=rOprNGfwEbeRWgbNEkqO${'A'.repeat(24)},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
  )
})

for (const [what, message] of [
  ['no GS2 header', 'n=user,r=abc'],
  ['channel binding', 'p=tls-unique,,n=user,r=abc'],
  ['no nonce', 'n,,n=user'],
  ['an escape that is none', 'n,,n=us=41er,r=abc'],
  ['a comma in the nonce', 'n,,n=user,r=,'],
  ['nothing', ''],
] as const) {
  test(`a first message with ${what} is refused`, () => {
    const exchange = scramExchange(sha256!, { bytes: (into) => into }, () => assert.fail('nobody is looked for'))
    assert.equal(exchange.step(bytes(message)).kind, 'failed')
  })
}

test('a user that does not exist is answered like one that does, always the same, and gets in by no password', () => {
  const key = new Uint8Array(32).fill(7)
  const [one, again, other] = ['user', 'user', 'else'].map((user) => decoyCredential('sha256', key, user))
  assert.deepEqual(one, again)
  assert.notDeepEqual(one!.salt, other!.salt)
  const exchange = scramExchange(sha256!, { bytes: (into) => into }, (user) => decoyCredential('sha256', key, user))
  assert.equal(exchange.step(bytes('n,,n=user,r=abc')).kind, 'challenge')
  const proof = Buffer.alloc(32).toString('base64')
  assert.equal(exchange.step(bytes(`c=biws,r=abc${'A'.repeat(24)},p=${proof}`)).kind, 'failed')
})
