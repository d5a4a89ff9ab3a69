/** Rows as Kafka's quorum tool prints them: cells as wide as the widest of their column, each with a tab behind it. */
export function tabbedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `${row.map((cell, column) => `${cell.padEnd(widths[column]!)}\t`).join('')}\n`).join('')
}
