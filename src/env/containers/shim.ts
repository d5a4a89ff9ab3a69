import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, linkSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProcessIdentity } from './process-table.ts'

/**
 * A shell around each container. It leads a session of its own, notes who it is, runs the program in the foreground, and
 * writes its exit code: it needs nobody. It begins only if it can link its note into place, so that whoever finds a
 * record without one can link a note of his own, and the container is never started.
 */
const note = `if read -r stat 2>/dev/null < "/proc/$$/stat"
then stat=\${stat##*") "}; else stat=$(ps -o lstart= -p $$); fi`
const script = `dir=$1 stdin=$2
shift 2
trap : HUP INT QUIT TERM
# what a shell says of a killed program is no output of that one; a subshell, since dash redirects itself for a command
exec 4>&1 >/dev/null 2>&1
${note}
echo "$$ $stat" > "$dir/shim.note" && command -p ln "$dir/shim.note" "$dir/shim" 2>/dev/null || exit 0
( exec /bin/sh -c '
dir=$1
shift
${note}
echo "$$ $stat" > "$dir/main"
echo started >&3
exec 3>&-
exec "$@"
' main "$dir" "$@" ) < "$stdin" >&4 2>&4 4>&-
code=$?
echo "$code" > "$dir/exit.new"
command -p mv -f "$dir/exit.new" "$dir/exit"
`
/** Where the start of a process stands in a note of Linux. */
const startWord = 20

/** Files of a container's directory. */
export const shimFiles = { record: 'record.json', log: 'log', input: 'stdin', times: 'times' } as const

/** The file of the script, beside the containers' directories. */
const scriptName = '.shim.sh'

/** Once for each directory of containers. */
export function writeShim(containers: string): void {
  const path = join(containers, scriptName)
  writeFileSync(`${path}.new`, script, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** Of the names beside the containers' directories, those that are none. */
export const isShim = (name: string): boolean => name.startsWith(scriptName)

export interface ShimStart {
  readonly directory: string
  readonly argv: readonly string[]
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin: boolean
}

/** Resolves when the program has its process. */
export function startShim(ask: ShimStart): Promise<ChildProcess> {
  const log = openSync(join(ask.directory, shimFiles.log), 'a', 0o600)
  const input = ask.stdin ? join(ask.directory, shimFiles.input) : '/dev/null'
  let child: ChildProcess
  try {
    child = spawn('/bin/sh', [join(dirname(ask.directory), scriptName), ask.directory, input, ...ask.argv], {
      cwd: ask.workdir,
      env: ask.env,
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    })
  } finally {
    closeSync(log)
  }
  const started = child.stdio[3] as import('node:net').Socket
  return new Promise((resolve, reject) => {
    // the shim keeps its end of the pipe: the first word is all there is to hear
    started.once('data', () => {
      started.destroy()
      child.unref()
      resolve(child)
    })
    started.once('end', () => {
      reject(Object.assign(new Error('the shim ended before its program began'), { code: 'ECHILD' }))
    })
    child.once('error', reject)
  })
}

/** Who the shim or the container's first process is; null: it has not noted it. */
export function readIdentity(directory: string, who: 'shim' | 'main'): ProcessIdentity | null {
  const text = readText(join(directory, who))
  const words = text?.trim().split(' ') ?? []
  if (words.length < 2) return null
  const start = words.length > startWord ? words[startWord]! : words.slice(1).join(' ')
  return { pid: Number(words[0]), start }
}

/** The code the shim has written, and when. */
export function readExit(directory: string): { code: number; atMs: number } | null {
  const path = join(directory, 'exit')
  const text = readText(path)
  return text === null ? null : { code: Number(text), atMs: Math.round(statSync(path).mtimeMs) }
}

/** True: the shim had not begun and never will. False: it has. */
export function revoke(directory: string): boolean {
  const note = join(directory, 'revoked')
  writeFileSync(note, '')
  try {
    linkSync(note, join(directory, 'shim'))
    return true
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'EEXIST') return (readText(join(directory, 'shim')) ?? '') === ''
    throw thrown
  }
}

export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return null
    throw thrown
  }
}
