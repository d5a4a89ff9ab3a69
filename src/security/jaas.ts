import { type SaslCredentials, saslMechanisms } from './sasl-client.ts'

/** One entry of a JAAS configuration (`sasl.jaas.config`): a login module and its options. */
export interface JaasEntry {
  /** Java's class name: it says which mechanism is meant. */
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

const flags: ReadonlySet<string> = new Set(['required', 'requisite', 'sufficient', 'optional'])

/** `MODULE required name="value" …;`, or what is wrong with it. The text itself is never part of the reason: it holds passwords. */
export function parseJaas(text: string): JaasEntry | { readonly error: string } {
  const words = wordsOf(text)
  if (words === null) return { error: 'a quotation mark in the JAAS configuration is not closed' }
  const [module, flag, ...rest] = words
  if (module === undefined || module.text === ';') return { error: 'the JAAS configuration is empty' }
  if (flag === undefined || !flags.has(flag.text.toLowerCase())) {
    return { error: `after ${module.text} one of required, requisite, sufficient, optional is expected` }
  }
  const options = new Map<string, string>()
  for (let i = 0; i < rest.length; ) {
    const name = rest[i]!
    if (name.text === ';' && !name.isQuoted) {
      if (i === rest.length - 1) return { module: module.text, options }
      return { error: 'there is more than one login module in the JAAS configuration' }
    }
    const [equals, value] = [rest[i + 1], rest[i + 2]]
    if (equals?.text !== '=' || value === undefined || (value.text === ';' && !value.isQuoted)) {
      return { error: `the option ${name.text} of ${module.text} has no value` }
    }
    options.set(name.text, value.text)
    i += 3
  }
  return { error: `the JAAS configuration of ${module.text} does not end with a semicolon` }
}

/** The login module of each mechanism that is spoken here, without its package. */
const modules: ReadonlyMap<string, string> = new Map([
  ['PLAIN', 'PlainLoginModule'],
  ['SCRAM-SHA-256', 'ScramLoginModule'],
  ['SCRAM-SHA-512', 'ScramLoginModule'],
])

/** The entry of a mechanism's own login module, or why it is none. */
export function jaasFor(mechanism: string, text: string): JaasEntry | { readonly error: string } {
  const entry = parseJaas(text)
  if ('error' in entry) return entry
  const module = modules.get(mechanism)
  const given = entry.module.slice(entry.module.lastIndexOf('.') + 1)
  if (given !== module) return { error: `${entry.module} is not the login module of ${mechanism}; ${module} is` }
  return entry
}

/** Who logs in with `sasl.mechanism` and `sasl.jaas.config`, or why nobody can. */
export function saslCredentials(mechanism: string, jaas: string | null): SaslCredentials | { readonly error: string } {
  const known = saslMechanisms.find((name) => name === mechanism)
  if (known === undefined) {
    return { error: `the SASL mechanism ${mechanism} is not built in Millrace; ${saslMechanisms.join(', ')} are` }
  }
  if (jaas === null)
    return { error: `sasl.jaas.config is not set, which ${mechanism} takes user name and password from` }
  const entry = jaasFor(mechanism, jaas)
  if ('error' in entry) return entry
  const [username, password] = [entry.options.get('username'), entry.options.get('password')]
  if (username === undefined || password === undefined) {
    return {
      error: `the JAAS configuration of ${entry.module} has no ${username === undefined ? 'username' : 'password'}`,
    }
  }
  return { mechanism: known, username, password }
}

interface Word {
  readonly text: string
  readonly isQuoted: boolean
}

function wordsOf(text: string): Word[] | null {
  const words: Word[] = []
  for (let at = 0; at < text.length; ) {
    const char = text[at]!
    if (/\s/.test(char)) {
      at++
    } else if (char === '=' || char === ';') {
      words.push({ text: char, isQuoted: false })
      at++
    } else if (char === '"' || char === "'") {
      let word = ''
      for (at++; at < text.length && text[at] !== char; at++) {
        if (text[at] === '\\' && at + 1 < text.length) at++
        word += text[at]!
      }
      if (at >= text.length) return null
      at++
      words.push({ text: word, isQuoted: true })
    } else {
      const found = /^[^\s=;"']+/.exec(text.slice(at))![0]
      words.push({ text: found, isQuoted: false })
      at += found.length
    }
  }
  return words
}
