/** Quantities (`500m`, `1Gi`) in the form in which the API server gives them back. */

const pattern = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+|)$/

const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const
/** Powers of ten. */
const decimal: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
/** Longer ones are hostile. */
const lengthMax = 64

export const quantityError =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

interface Parsed {
  /** In billionths. */
  readonly nanos: bigint
  readonly suffix: string
}

function parse(text: string): Parsed | null {
  const match = text.length > lengthMax ? null : pattern.exec(text)
  if (match === null) return null
  const [, sign, number, suffix] = match as unknown as [string, string, string, string]
  const [whole = '', fraction = ''] = number.split('.')
  const binaryPower = binary.indexOf(suffix as (typeof binary)[number])
  const exponent = /^[eE][+-]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : (decimal.get(suffix) ?? 0)
  if (Math.abs(exponent) > 100) return null
  let nanos = BigInt(whole + fraction)
  if (binaryPower >= 0) nanos *= 1024n ** BigInt(binaryPower + 1)
  const shift = exponent + 9 - fraction.length
  if (shift >= 0) nanos *= 10n ** BigInt(shift)
  else nanos = roundUp(nanos, 10n ** BigInt(-shift))
  return { nanos: sign === '-' ? -nanos : nanos, suffix }
}

const roundUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by

/** null: no quantity. */
export function canonicalQuantity(value: string | number): string | null {
  const parsed = parse(String(value))
  if (parsed === null) return null
  const { nanos, suffix } = parsed
  if (nanos === 0n) return '0'
  const isBinary = (binary as readonly string[]).includes(suffix)
  return isBinary && nanos % 1_000_000_000n === 0n ? inBinary(nanos / 1_000_000_000n) : inDecimal(nanos)
}

function inBinary(value: bigint): string {
  let power = 0
  while (power < binary.length && value % 1024n === 0n) {
    value /= 1024n
    power++
  }
  return `${value}${power === 0 ? '' : binary[power - 1]}`
}

function inDecimal(nanos: bigint): string {
  let power = -9
  while (power < 18 && nanos % 1000n === 0n) {
    nanos /= 1000n
    power += 3
  }
  const suffix = [...decimal].find(([, exponent]) => exponent === power)![0]
  return `${nanos}${suffix}`
}

/** For comparing; null: no quantity. */
export function quantityNanos(value: unknown): bigint | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  return parse(String(value))?.nanos ?? null
}
