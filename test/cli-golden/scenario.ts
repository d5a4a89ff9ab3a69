/** What a scenario is made of: commands for one fresh broker, in order. `record.ts` says what becomes of them. */

export type Step =
  | {
      kind: 'run'
      title: string
      line: string
      stdin?: string
      /** Runs again until standard output matches (members need time to join). */
      until?: RegExp
      order?: 'any'
      numbers?: 'shape'
      /** Sends the signal once both outputs together match. */
      interrupt?: { after: RegExp; signal: NodeJS.Signals }
    }
  | { kind: 'setup'; line: string; stdin?: string }
  | { kind: 'start'; name: string; title: string; line: string; ready: RegExp }
  | { kind: 'stop'; name: string; signal: NodeJS.Signals; recorded: boolean; numbers?: 'shape' }
  | { kind: 'file'; path: string; text: string }
  | { kind: 'options'; tool: string; line: string }
  | { kind: 'node'; id: number; what: 'stop' | 'start' }

export interface Scenario {
  name: string
  /** Broker settings beyond the usual ones. */
  config?: Readonly<Record<string, string>>
  /** Some need no broker. */
  broker?: false
  /** It runs on three nodes, each broker and controller; `$B2`, `$C2`, `$LOG2`, `$ID2` are those of node 2, `$ID2` its directory id. */
  isOnCluster?: true
  steps: readonly Step[]
  /** It reads the files of another scenario's fixture, in this folder under `test/cli-golden/`, and needs no broker. */
  readsFolder?: string
  /**
   * The tool reads files: `seed` fills a broker, which is stopped, and the named files of its log directory are kept in
   * this folder under `test/cli-golden/` and committed. `$LOG` is that folder in `steps`, and outputs are recorded exactly.
   */
  fixture?: { folder: string; seed: readonly Step[]; keep: readonly string[]; damage: readonly Damage[] }
}

/** A copy of a kept file with its last bytes cut off, or one byte changed. */
export interface Damage {
  from: string
  to: string
  cutBytes?: number
  flipAt?: number
}

type RunOptions = Omit<Extract<Step, { kind: 'run' }>, 'kind' | 'title' | 'line'>

export function run(title: string, line: string, o: RunOptions = {}): Step {
  return { kind: 'run', title, line, ...o }
}
export function setup(line: string, stdin?: string): Step {
  return stdin === undefined ? { kind: 'setup', line } : { kind: 'setup', line, stdin }
}
/** Starts in the background and waits until both outputs together match. */
export function start(name: string, title: string, line: string, ready: RegExp): Step {
  return { kind: 'start', name, title, line, ready }
}
export function stop(name: string, signal: NodeJS.Signals = 'SIGTERM', recorded = false): Step {
  return { kind: 'stop', name, signal, recorded }
}
export function file(path: string, text: string): Step {
  return { kind: 'file', path, text }
}
/** A node of the cluster ends in order, or is started again. */
export function node(id: number, what: 'stop' | 'start'): Step {
  return { kind: 'node', id, what }
}
/** The option names of a tool's `--help`. */
export function options(line: string): Step {
  return { kind: 'options', tool: line, line: `${line} --help` }
}

/** Splits like a shell does, as far as scenarios need it: blanks, '…' and "…". */
export function words(line: string): string[] {
  const out: string[] = []
  for (const found of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    out.push(found[0].replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double ?? ''))
  }
  return out
}
