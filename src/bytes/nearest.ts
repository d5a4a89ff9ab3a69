/** Spelling without what people vary: capitals, dots, dashes. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** The name that was probably meant; null when none is near: two letters may differ, in long names one of four. */
export function nearestName(asked: string, names: Iterable<string>): string | null {
  const plain = plainName(asked)
  let best: string | null = null
  let least = Math.min(plain.length, Math.max(2, Math.floor(plain.length / 4)) + 1)
  for (const name of names) {
    const distance = editDistance(plain, plainName(name), least)
    if (distance < least) {
      least = distance
      best = name
    }
  }
  return best
}

/** Letters to change, add or leave out; `most` when there are at least as many. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let before = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(swap, before[j]! + 1, row[j - 1]! + 1))
    }
    before = row
  }
  return Math.min(before[b.length]!, most)
}
