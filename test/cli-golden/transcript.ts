/**
 * The text form of recorded tool runs, `test/cli-golden/*.txt`. One run is
 *
 *     ## title
 *     $ kafka-topics.sh --bootstrap-server $B --list
 *     <|a line of standard input
 *     1|a line of standard output
 *     2|a line of standard error
 *     S|the head of a Java stack trace that it printed there (frames are left out; not part of what a tool promises)
 *     L|a log line on standard error (log4j; wording of client internals, not part of what a tool promises)
 *     = 0
 *
 * `1~` and `2~` mark a last line without a newline. `= 0` is the exit code (or a signal's name); `= 0 any order` says that
 * the lines of standard output come in any order, `= 0 shape` that every number in it was replaced (integer part by one
 * 9, each decimal by a 9, more than four by `9…`). Lines that start with `%` are preparations (commands whose output does not matter), `>` a
 * file that was written, followed by its lines as `<|`. `o|` lists the options of a tool's help, `o|` + name, argument,
 * and facts (required, default, deprecated); the sentences of the help are not recorded. `{HELP}`, `{ABOUT}` and `{USAGE}`
 * stand for a printed option list, the sentence above it, and argparse usage. `$B` and `$C` are host:port of broker and controller listener, `$D` the working
 * directory, `$LOG` the log directory; in outputs they are localhost:19092, localhost:19093, {DIR} and {LOGDIR}.
 */

export interface Run {
  title: string
  /** The line as written in the scenario, with $B, $C, $D, $LOG. */
  line: string
  stdin: string | null
  stdout: string
  stderr: string
  /** Heads of stack traces on standard error, and log lines on it, apart. */
  traces: string
  logs: string
  /** The exit code, or the name of the signal that ended it. */
  exit: string
  order: 'exact' | 'any'
  numbers: 'exact' | 'shape'
}

export type Entry =
  | ({ kind: 'run' } & Run)
  | { kind: 'setup'; line: string; stdin: string | null }
  | { kind: 'file'; path: string; text: string }
  | { kind: 'options'; tool: string; options: readonly string[] }

export function formatTranscript(name: string, release: string, entries: readonly Entry[]): string {
  const out = [`# ${name}: recorded from Apache Kafka ${release} by test/cli-golden/record.ts; form: transcript.ts`]
  for (const entry of entries) {
    out.push('')
    if (entry.kind === 'setup') {
      out.push(`% ${entry.line}`, ...marked('<', entry.stdin ?? ''))
    } else if (entry.kind === 'file') {
      out.push(`> ${entry.path}`, ...marked('<', entry.text))
    } else if (entry.kind === 'options') {
      out.push(`## options of ${entry.tool}`, ...entry.options.map((option) => `o|${option}`))
    } else {
      out.push(`## ${entry.title}`, `$ ${entry.line}`, ...marked('<', entry.stdin ?? ''))
      out.push(...marked('1', entry.stdout), ...marked('2', entry.stderr))
      out.push(...marked('S', entry.traces), ...marked('L', entry.logs))
      out.push(
        `= ${entry.exit}${entry.order === 'any' ? ' any order' : ''}${entry.numbers === 'shape' ? ' shape' : ''}`,
      )
    }
  }
  return out.join('\n') + '\n'
}

export function parseTranscript(text: string): Entry[] {
  const entries: Entry[] = []
  let title = ''
  let current: Entry | null = null
  for (const row of text.split('\n')) {
    const rest = row.slice(2)
    const mark = row.slice(0, 2)
    if (row.startsWith('## options of ')) {
      entries.push((current = { kind: 'options', tool: row.slice(14), options: [] }))
    } else if (mark === '##') title = row.slice(3)
    else if (mark === '% ') entries.push((current = { kind: 'setup', line: rest, stdin: null }))
    else if (mark === '> ') entries.push((current = { kind: 'file', path: rest, text: '' }))
    else if (mark === '$ ') {
      entries.push((current = { kind: 'run', title, line: rest, ...blankRun() }))
    } else if (current !== null) addLine(current, mark, rest)
  }
  return entries
}

function blankRun(): Omit<Run, 'title' | 'line'> {
  return { stdin: null, stdout: '', stderr: '', traces: '', logs: '', exit: '', order: 'exact', numbers: 'exact' }
}

function addLine(entry: Entry, mark: string, rest: string): void {
  const line = mark[1] === '~' ? rest : rest + '\n'
  if (entry.kind === 'options' && mark === 'o|') entry.options = [...entry.options, rest]
  else if (entry.kind === 'file' && mark[0] === '<') entry.text += line
  else if (entry.kind === 'setup' && mark[0] === '<') entry.stdin = (entry.stdin ?? '') + line
  else if (entry.kind === 'run') {
    if (mark[0] === '<') entry.stdin = (entry.stdin ?? '') + line
    else if (mark[0] === '1') entry.stdout += line
    else if (mark[0] === '2') entry.stderr += line
    else if (mark[0] === 'S') entry.traces += line
    else if (mark[0] === 'L') entry.logs += line
    else if (mark === '= ') {
      entry.exit = rest.split(' ')[0]!
      if (rest.includes('any order')) entry.order = 'any'
      if (rest.includes('shape')) entry.numbers = 'shape'
    }
  }
}

function marked(mark: string, text: string): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  const last = lines.pop()!
  const out = lines.map((line) => `${mark}|${line}`)
  if (last !== '') out.push(`${mark}~${last}`)
  return out
}
