/** Makes the name of a principal of a certificate's distinguished name; null when no rule fits. */
export type PrincipalMapping = (distinguishedName: string) => string | null

interface Rule {
  /** Absent for DEFAULT: the name as it is. */
  readonly pattern?: RegExp
  readonly replacement: string
  readonly to: '' | 'L' | 'U'
}

const ruleText = /^\s*(?:(DEFAULT)|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?))\s*(?:,|$)/

/**
 * `ssl.principal.mapping.rules` (KIP-371): the first rule whose pattern is the whole name decides. Or what is wrong with
 * the text.
 */
export function principalMapping(rules: string): PrincipalMapping | { readonly error: string } {
  const parsed: Rule[] = []
  let rest = rules.trim() === '' ? 'DEFAULT' : rules
  while (rest.trim() !== '') {
    const found = ruleText.exec(rest)
    if (found === null) return { error: `Invalid rule: \`${rest.trim()}\`` }
    rest = rest.slice(found[0].length)
    if (found[1] !== undefined) {
      parsed.push({ replacement: '', to: '' })
      continue
    }
    const pattern = patternOf(found[2]!)
    if (pattern === null) return { error: `Invalid rule: ${found[2]} is not a regular expression` }
    parsed.push({ pattern, replacement: found[3]!, to: found[4] as Rule['to'] })
  }
  return (name) => {
    for (const { pattern, replacement, to } of parsed) {
      if (pattern === undefined) return name
      const groups = pattern.exec(name)
      if (groups === null) continue
      const mapped = replacement.replace(/\$(\d+)/g, (text, index) =>
        index < groups.length ? (groups[index] ?? '') : text,
      )
      return to === 'L' ? mapped.toLowerCase() : to === 'U' ? mapped.toUpperCase() : mapped
    }
    return null
  }
}

function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(`^(?:${text})$`, 'u')
  } catch {
    // The caller names it.
    return null
  }
}
