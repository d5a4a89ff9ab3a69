/** Columns as kubectl lines them up. */

/** Three blanks between columns; the last one ends where its text ends. */
export function lined(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 3, cell.length)
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]! + 3))).join('')
  return rows.map((row) => `${line(row)}\n`).join('')
}
