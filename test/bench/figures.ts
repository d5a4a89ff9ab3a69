/** What a bench measures: named figures, each sampled for us and for the other, round by round. */

export interface FigureSpec {
  /** `row/detail/…`, which is also what the command line selects by. */
  readonly id: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** What ours is compared with; Apache Kafka when it is not said. */
  readonly versus?: string
  /** The promise: a bound on ours / theirs, or on ours alone. */
  readonly goal?: { readonly ratio: number } | { readonly ours: number }
}

export type Who = 'ours' | 'theirs'

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: readonly number[]
}

export interface FigureResult extends FigureSpec {
  readonly ours: Spread | null
  readonly theirs: Spread | null
  readonly ratio: number | null
  readonly isMet: boolean | null
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** `at` from 0 to 1; `sorted` ascending and not empty. */
export function percentile(sorted: ArrayLike<number>, at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!
}

/** Samples of one run of the bench, in the order in which figures were first seen. */
export class Figures {
  readonly #figures = new Map<string, { spec: FigureSpec; ours: number[]; theirs: number[] }>()

  sample(spec: FigureSpec, who: Who, value: number): void {
    let figure = this.#figures.get(spec.id)
    if (figure === undefined) this.#figures.set(spec.id, (figure = { spec, ours: [], theirs: [] }))
    figure[who].push(value)
  }

  results(row: string): FigureResult[] {
    const found: FigureResult[] = []
    for (const { spec, ours, theirs } of this.#figures.values()) {
      if (spec.id !== row && !spec.id.startsWith(`${row}/`)) continue
      const ratio = ours.length > 0 && theirs.length > 0 ? median(ours) / median(theirs) : null
      const reached =
        spec.goal === undefined ? null : 'ratio' in spec.goal ? ratio : ours.length > 0 ? median(ours) : null
      const wanted = spec.goal === undefined ? 0 : 'ratio' in spec.goal ? spec.goal.ratio : spec.goal.ours
      const isMet = reached === null ? null : spec.better === 'higher' ? reached >= wanted : reached <= wanted
      found.push({ ...spec, ours: spread(ours), theirs: spread(theirs), ratio, isMet })
    }
    return found
  }
}

function spread(rounds: readonly number[]): Spread | null {
  if (rounds.length === 0) return null
  return { median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds }
}

const columns = { id: 44, ours: 26, theirs: 26, ratio: 8, goal: 12 } as const

export function tableHead(): string {
  const { id, ours, theirs, ratio, goal } = columns
  return [
    ...['figure'.padEnd(id), 'ours'.padEnd(ours), 'theirs'.padEnd(theirs), 'ratio'.padEnd(ratio), 'goal'.padEnd(goal)],
  ].join(' ')
}

export function tableLine(result: FigureResult): string {
  const { goal, better, unit } = result
  const sign = better === 'higher' ? '≥' : '≤'
  const wanted =
    goal === undefined ? '' : 'ratio' in goal ? `${sign} ${goal.ratio}×` : `${sign} ${short(goal.ours)} ${unit}`
  const verdict = result.isMet === null ? '' : result.isMet ? ' met' : ' MISSED'
  const label = result.versus === undefined ? '' : ` (${result.versus})`
  return [
    result.id.padEnd(columns.id),
    said(result.ours, unit).padEnd(columns.ours),
    (said(result.theirs, unit) + (result.theirs === null ? '' : label)).padEnd(columns.theirs),
    (result.ratio === null ? '' : `${result.ratio.toFixed(2)}×`).padEnd(columns.ratio),
    wanted + verdict,
  ]
    .join(' ')
    .trimEnd()
}

function said(s: Spread | null, unit: string): string {
  if (s === null) return '–'
  const range = s.rounds.length > 1 ? ` [${short(s.min)}–${short(s.max)}]` : ''
  return `${short(s.median)} ${unit}${range}`
}

/** Three digits that matter. */
export function short(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}
