export interface Column {
  readonly title: string
  readonly isRight?: boolean
}

/** Columns as wide as what is in them, two blanks between; nothing at the ends of lines. */
export function table(columns: readonly (string | Column)[], rows: readonly (readonly (string | number)[])[]): string {
  const heads = columns.map((c) => (typeof c === 'string' ? { title: c } : c))
  const cells = [heads.map((h) => h.title), ...rows.map((row) => row.map(String))]
  const widths = heads.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)))
  return cells
    .map((row) => {
      const padded = row.map((cell, at) =>
        'isRight' in heads[at]! ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!),
      )
      return `${padded.join('  ').trimEnd()}\n`
    })
    .join('')
}

/** A number of partitions, topics, ...: `1 partition`, `3 partitions`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
