/**
 * Java's .properties format, exactly: `#` and `!` comments, `=`, `:` or white space after the key, lines joined by a
 * trailing backslash, escapes \t \n \r \f \uXXXX, any other escaped character for itself. A later key wins.
 * Bytes above 0x7f are what the caller decoded (Kafka's own files are read as UTF-8 here, as people write them).
 */
export function parseProperties(text: string): Map<string, string> {
  const result = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const line = logicalLine(text, at)
    at = line.next
    if (line.text === '') continue
    const [key, value] = splitLine(line.text)
    result.set(key, value)
  }
  return result
}

/** Malformed `\u` escapes are an error in Java; here too, with the line that holds it. */
export class PropertiesError extends Error {}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0c
}

/** One line after joining; blank and comment lines give ''. */
function logicalLine(text: string, from: number): { text: string; next: number } {
  let at = from
  let joined = ''
  let isFirst = true
  for (;;) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at++
    let end = at
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
    const natural = text.slice(at, end)
    let next = end
    if (text[next] === '\r') next++
    if (next < text.length && text[next] === '\n') next++
    if (isFirst && (natural === '' || natural[0] === '#' || natural[0] === '!')) return { text: '', next }
    let backslashes = 0
    while (backslashes < natural.length && natural[natural.length - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return { text: joined + natural, next }
    joined += natural.slice(0, -1)
    isFirst = false
    at = next
    if (at >= text.length) return { text: joined, next }
  }
}

function splitLine(line: string): [key: string, value: string] {
  let end = 0
  while (end < line.length) {
    const c = line[end]!
    if (c === '\\') {
      end += 2
      continue
    }
    if (c === '=' || c === ':' || isBlank(line.charCodeAt(end))) break
    end++
  }
  end = Math.min(end, line.length)
  let from = end
  while (from < line.length && isBlank(line.charCodeAt(from))) from++
  if (line[from] === '=' || line[from] === ':') from++
  while (from < line.length && isBlank(line.charCodeAt(from))) from++
  return [unescaped(line.slice(0, end)), unescaped(line.slice(from))]
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c !== '\\') {
      out += c
      continue
    }
    const escaped = text[++i]
    if (escaped === undefined) break
    if (escaped === 'u') {
      const hex = text.slice(i + 1, i + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new PropertiesError(`Malformed \\uxxxx encoding in "${text}"`)
      out += String.fromCharCode(Number.parseInt(hex, 16))
      i += 4
    } else {
      out += escaped === 't' ? '\t' : escaped === 'n' ? '\n' : escaped === 'r' ? '\r' : escaped === 'f' ? '\f' : escaped
    }
  }
  return out
}
