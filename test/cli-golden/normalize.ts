/** Replaces what differs from run to run by names and numbers of the same width, so that tables keep their columns. */
export interface Places {
  bootstrap: string
  controller: string
  /** The working directory of the scenario. */
  dir: string
  logDir: string
  /** Of a cluster: all of its nodes, the first one included. */
  nodes?: readonly NodePlace[]
}

export interface NodePlace {
  bootstrap: string
  controller: string
  logDir: string
  directoryId: string
}

/** Keeps the order in which ids were first seen, over all runs of one scenario. */
export class Normalizer {
  readonly #places: Places
  readonly #ids = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  readonly #literal: string
  readonly #exact: boolean
  /** Ids that occur in `literal`, the scenario's own text, stay as they are; `exact` replaces nothing but places. */
  constructor(places: Places, literal: string, exact = false) {
    this.#exact = exact
    this.#places = places
    this.#literal = literal
  }

  text(printed: string): string {
    // ours alone
    const raw = printed.replace(/\nExamples\n(?: {2}.*\n)+$/, '')
    if (this.#exact) return raw.replaceAll(this.#places.logDir, '{LOGDIR}').replaceAll(/\[B@[0-9a-f]+/g, '[B@{HASH}')
    const { bootstrap, controller, dir, logDir } = this.#places
    const port = (address: string) => address.slice(address.lastIndexOf(':') + 1)
    let named = raw
    for (const [i, node] of (this.#places.nodes ?? []).entries()) {
      if (i === 0) continue
      named = named
        .replaceAll(node.logDir, `{LOGDIR${i + 1}}`)
        .replaceAll(new RegExp(`(?<!\\d)${port(node.bootstrap)}(?!\\d)`, 'g'), `19${i}92`)
        .replaceAll(new RegExp(`(?<!\\d)${port(node.controller)}(?!\\d)`, 'g'), `19${i}93`)
    }
    return named
      .replaceAll(logDir, '{LOGDIR}')
      .replaceAll(dir, '{DIR}')
      .replaceAll(new RegExp(`(?<!\\d)${port(bootstrap)}(?!\\d)`, 'g'), '19092')
      .replaceAll(new RegExp(`(?<!\\d)${port(controller)}(?!\\d)`, 'g'), '19093')
      .replaceAll(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]/g, '[{DATE}]')
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (id) =>
        this.#name('uuid', id, (n) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`),
      )
      .replaceAll(/\b1[78]\d{11}\b/g, '1700000000000')
      .replaceAll(/\b(tries=|after )\d+(?=,| attempt)/g, '$1{N}')
      .replaceAll(/\bconsole-consumer-\d+\b/g, 'console-consumer-{N}')
      .replaceAll(/\[B@[0-9a-f]+/g, '[B@{HASH}')
      .replaceAll(/(?<![\w.-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{22}(?![\w-])/g, (id) =>
        isKafkaUuid(id) && !this.#literal.includes(id)
          ? this.#name('id', id, (n) => `ID${String(n).padStart(20, '0')}`)
          : id,
      )
  }

  /** Takes standard error apart: what the tool prints, the traces it prints, and what its log prints. */
  stderr(raw: string): { stderr: string; traces: string; logs: string } {
    const out = { stderr: '', traces: '', logs: '' }
    let inLog = false
    let inTrace = false
    let logged = false
    const lines = this.text(raw).split(/(?<=\n)/)
    for (const [i, line] of lines.entries()) {
      if (/^(\[\{DATE\}\] (TRACE|DEBUG|INFO|WARN|ERROR)|SLF4J|WARNING: )/.test(line)) inLog = true
      const frame = isFrame(line)
      const header = isFrame(lines[i + 1] ?? '') || line.startsWith('Caused by: ')
      if (frame) inTrace = !inLog
      else if (inLog || (logged && /^[\w.$]+(Exception|Error)(: .*)?\n$/.test(line))) out.logs += line
      else if (header || (inTrace && line === '\n')) out.traces += line
      else out.stderr += line
      if (!frame && !header) inTrace = false
      logged = inLog
      if (inLog && (/ \([\w.$]+\)\n$/.test(line) || /^(SLF4J|WARNING: )/.test(line))) inLog = false
    }
    return { ...out, stderr: usage(help(out.stderr)) }
  }

  stdout(raw: string): string {
    return usage(
      this.text(raw)
        .split(/(?<=\n)/)
        .filter((line) => !isFrame(line))
        .join(''),
    )
  }

  #name(kind: string, id: string, make: (n: number) => string): string {
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    const n = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, n)
    const made = make(n)
    this.#ids.set(id, made)
    return made
  }
}

export function shapeOf(text: string): string {
  return text.replaceAll(/-?\d+(\.\d+)?/g, (n) => {
    const [, decimals] = n.split('.')
    if (decimals === undefined) return '9'
    // Java prints a double with as many decimals as it takes
    return decimals.length > 4 ? '9.9…' : `9.${'9'.repeat(decimals.length)}`
  })
}

/** A row of a Java stack trace below its first. */
function isFrame(line: string): boolean {
  return /^\s+at [\w.$/<>@-]+\(.*\)|^\s+\.\.\. \d+ (more|common frames)/.test(line)
}

/** The same bytes whatever order the lines came in. */
export function sortedLines(text: string): string {
  return text
    .split(/(?<=\n)/)
    .sort()
    .join('')
}

/** Base64 of 16 bytes without padding: its last digit carries two bits. */
function isKafkaUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

/** A jopt-simple option list, from its header row to the end of the rows that belong to it. */
function help(text: string): string {
  return text
    .replace(/^Option( \(\* = required\))? +Description *\n-+ +-+ *\n(?:.*\n)*/m, '{HELP}\n')
    .replace(/^(This tool|An interactive).*\n(?=\{HELP\})/m, '{ABOUT}\n')
}

/** An argparse usage block: the usage row and the indented rows after it. */
function usage(text: string): string {
  return text.replace(/^usage: .*\n(?: +.*\n)*/m, '{USAGE}\n')
}
