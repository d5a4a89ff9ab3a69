import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { scramExchange, scramKeys, scramMechanisms } from './index.ts'

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
