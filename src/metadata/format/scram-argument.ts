import { FormatError } from './plan.ts'

/** One `--add-scram`: `SCRAM-SHA-256=[name=alice,password=secret,salt="base64",iterations=8192]`. */
export interface ScramArgument {
  readonly name: string
  /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
  readonly mechanism: 1 | 2
  /** null = to be made up. */
  readonly salt: Uint8Array | null
  readonly iterations: number
  readonly secret: { readonly password: string } | { readonly saltedPassword: Uint8Array }
}

const iterationsMin = 4096
const iterationsMax = 16_384

export function parseScramArgument(argument: string): ScramArgument {
  const input = argument.trim()
  const equals = input.indexOf('=')
  if (equals < 0) throw new FormatError(`Failed to find equals sign in SCRAM argument '${input}'`)
  const name = input.slice(0, equals)
  const mechanism = name === 'SCRAM-SHA-256' ? 1 : name === 'SCRAM-SHA-512' ? 2 : null
  if (mechanism === null) throw new FormatError(`The add-scram mechanism ${name} is not supported.`)
  return argumentOf(components(input.slice(equals + 1)), mechanism)
}

function components(text: string): Map<string, string> {
  const input = text.trim()
  if (!input.startsWith('[')) throw new FormatError('Expected configuration string to start with [')
  if (!input.endsWith(']')) throw new FormatError('Expected configuration string to end with ]')
  const found = new Map<string, string>()
  for (const part of input.slice(1, -1).split(',')) {
    const component = part.trim()
    const equals = component.indexOf('=')
    if (equals < 0) throw new FormatError(`No equals sign found in SCRAM component: ${component}`)
    const value = component.slice(equals + 1)
    const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    found.set(component.slice(0, equals), isQuoted ? value.slice(1, -1) : value)
  }
  return found
}

function argumentOf(given: Map<string, string>, mechanism: 1 | 2): ScramArgument {
  const take = (key: string): string | undefined => {
    const value = given.get(key)
    given.delete(key)
    return value
  }
  const name = take('name')
  if (name === undefined) throw new FormatError("You must supply 'name' to add-scram")
  const saltText = take('salt')
  const salt = saltText === undefined ? null : base64(saltText, 'salt')
  const iterationsText = take('iterations')
  if (iterationsText !== undefined && !/^[+-]?\d{1,10}$/.test(iterationsText)) {
    throw new FormatError(`Failed to parse iterations count: ${iterationsText}`)
  }
  const iterations = iterationsText === undefined ? iterationsMin : Number(iterationsText)
  const password = take('password')
  const saltedText = password === undefined ? take('saltedpassword') : undefined
  if (password === undefined && saltedText === undefined) {
    throw new FormatError("You must supply one of 'password' or 'saltedpassword' to add-scram")
  }
  if (saltedText !== undefined && salt === null) {
    throw new FormatError("You must supply 'salt' with 'saltedpassword' to add-scram")
  }
  const secret = password !== undefined ? { password } : { saltedPassword: base64(saltedText!, 'saltedPassword') }
  if (given.size > 0) throw new FormatError(`Unknown SCRAM configurations: ${[...given.keys()].sort().join(', ')}`)
  const bound = (sign: string, limit: number): never => {
    throw new FormatError(
      `The 'iterations' value must be ${sign} ${limit} for add-scram using SCRAM_SHA_${mechanism === 1 ? 256 : 512}`,
    )
  }
  if (iterations < iterationsMin) bound('>=', iterationsMin)
  if (iterations > iterationsMax) bound('<=', iterationsMax)
  return { name, mechanism, salt, iterations, secret }
}

function base64(text: string, what: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  } catch {
    throw new FormatError(`Failed to decode given ${what}: ${text}`)
  }
}
