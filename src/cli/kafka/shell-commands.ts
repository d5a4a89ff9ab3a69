import type { Directory, ShellNode } from './shell-tree.ts'

/** Where a shell is, and what it was told; commands change it. */
export interface ShellState {
  readonly root: Directory
  /** Names from the root on. */
  here: readonly string[]
  readonly history: string[]
  isOver: boolean
}

interface ShellCommand {
  readonly about: string
  /** Of its arguments. */
  readonly least: number
  readonly most: number
  /** Only where somebody talks. */
  readonly isInteractive?: true
  readonly args: string
  run(state: ShellState, args: readonly string[]): string
}

interface Found {
  readonly path: readonly string[]
  readonly node: ShellNode
}

/** Runs one line; answers what to print. */
export function runShellCommand(state: ShellState, words: readonly string[], isTalking: boolean): string {
  const [name, ...args] = words
  if (name === undefined) return ''
  const all = [...commands].filter(([, c]) => isTalking || !c.isInteractive)
  const command = all.find(([known]) => known === name)?.[1]
  if (command === undefined) {
    return `invalid choice: '${name}' (choose from ${all.map(([known]) => `'${known}'`).join(', ')})\n`
  }
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '-')
  if (unknown !== undefined) return `unrecognized arguments: '${unknown}'\n`
  if (args.length < command.least) return 'too few arguments\n'
  if (args.length > command.most) return `unrecognized arguments: '${args[command.most]}'\n`
  return command.run(state, args)
}

/** Words of a line; quotes hold them together. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''))
}

/** A directory that one name goes down to; names may hold `*`, `?`, `[…]` and `{…,…}`. */
function matches(pattern: string, name: string): boolean {
  let source = ''
  let depth = 0
  for (const c of pattern) {
    if (c === '*') source += '.*'
    else if (c === '?') source += '.'
    else if (c === '{') {
      depth++
      source += '(?:'
    } else if (c === '}' && depth > 0) {
      depth--
      source += ')'
    } else if (c === ',' && depth > 0) source += '|'
    else source += c.replace(/[.+^$()|\\/[\]{}]/, '\\$&')
  }
  return depth === 0 && new RegExp(`^${source}$`, 's').test(name)
}

const isPattern = (text: string): boolean => /[*?{]/.test(text)

function find({ root, here }: ShellState, text: string): Found[] {
  let found: Found[] = [{ path: [], node: root }]
  const names = [...(text.startsWith('/') ? [] : here), ...text.split('/')]
  for (const name of names.filter((n) => n !== '' && n !== '.')) {
    if (name === '..') found = found.flatMap(({ path }) => at(root, path.slice(0, -1)))
    else
      found = found.flatMap(({ path, node }) =>
        children(node, name).map(([n, child]) => ({ path: [...path, n], node: child })),
      )
  }
  return found
}

function at(root: Directory, path: readonly string[]): Found[] {
  let node: ShellNode = root
  for (const name of path) {
    const next: ShellNode | undefined = typeof node === 'string' ? undefined : node.get(name)
    if (next === undefined) return []
    node = next
  }
  return [{ path, node }]
}

function children(node: ShellNode, pattern: string): [string, ShellNode][] {
  if (typeof node === 'string') return []
  if (!isPattern(pattern)) {
    const child = node.get(pattern)
    return child === undefined ? [] : [[pattern, child]]
  }
  return [...node].filter(([name]) => matches(pattern, name))
}

/** What is found for each target, and a line for each that is not. */
function each(
  state: ShellState,
  targets: readonly string[],
  missing: (target: string) => string,
  use: (f: Found, target: string) => void,
): string {
  let said = ''
  for (const target of targets) {
    const found = find(state, target)
    if (found.length === 0) said += `${missing(target)}\n`
    for (const one of found) use(one, target)
  }
  return said
}

function cat(state: ShellState, targets: readonly string[]): string {
  let out = ''
  for (const target of targets) {
    const found = find(state, target)
    if (found.length === 0) out += `cat: ${target}: No such file or directory.\n`
    for (const { node, path } of found) {
      out +=
        typeof node === 'string'
          ? `${node}\n`
          : `cat: ${isPattern(target) ? `/${path.join('/')}` : target}: Is a directory\n`
    }
  }
  return out
}

function ls(state: ShellState, targets: readonly string[]): string {
  const files: string[] = []
  const directories: { name: string; names: string[] }[] = []
  const missing = each(
    state,
    targets.length === 0 ? ['.'] : targets,
    (target) => `ls: ${target}: no such file or directory.`,
    ({ path, node }) => {
      const name = path.at(-1) ?? '/'
      if (typeof node === 'string') files.push(name)
      else directories.push({ name, names: [...node.keys()] })
    },
  )
  const isTitled = files.length > 0 || directories.length > 1
  const parts = directories.map(
    ({ name, names }) => `${isTitled ? `${name}:\n` : ''}${names.map((n) => `${n}\n`).join('')}`,
  )
  if (files.length > 0) parts.unshift(files.map((n) => `${n}\n`).join(''))
  return missing + parts.join('\n')
}

function treeText(node: ShellNode, indent: string): string {
  if (typeof node === 'string') return `${indent}${node}\n`
  return [...node]
    .map(([name, child]) => {
      // a file of the image itself has no line of its own but its name
      return `${indent}${name}:\n${treeText(child, `${indent}  `)}`
    })
    .join('')
}

function tree(state: ShellState, targets: readonly string[]): string {
  let out = ''
  const missing = each(
    state,
    targets.length === 0 ? ['.'] : targets,
    (target) => `tree: ${target}: no such file or directory.`,
    ({ node }) => (out += treeText(node, '')),
  )
  return missing + out
}

function findText({ node }: Found, path: string): string {
  if (typeof node === 'string') return `${path}\n`
  const below = path === '/' ? '' : path
  return `${path}\n${[...node].map(([name, child]) => findText({ path: [], node: child }, `${below}/${name}`)).join('')}`
}

function search(state: ShellState, targets: readonly string[]): string {
  let out = ''
  const missing = each(
    state,
    targets.length === 0 ? ['.'] : targets,
    (target) => `find: ${target}: no such file or directory.`,
    (found, target) =>
      (out += findText(found, isPattern(target) ? `/${found.path.join('/')}` : target.replace(/(?<=.)\/$/, ''))),
  )
  return missing + out
}

function cd(state: ShellState, [target = '/']: readonly string[]): string {
  const [found] = find(state, target)
  if (found === undefined) return `cd: ${target}: no such directory.\n`
  if (typeof found.node === 'string') return `cd: ${target}: not a directory.\n`
  state.here = found.path
  return ''
}

function history({ history: lines }: ShellState, [count]: readonly string[]): string {
  const from = count === undefined ? 0 : Math.max(0, lines.length - Number(count))
  return lines
    .map((line, i) => `${String(i).padStart(5)}  ${line}\n`)
    .slice(from)
    .join('')
}

function man(_: ShellState, [name = '']: readonly string[]): string {
  const command = commands.get(name)
  if (command === undefined) return `man: unknown command ${name}. Type help to get a list of commands.\n`
  return `${name}: ${command.about}\n\nusage: ${`${name} ${command.args}`.trim()}\n`
}

function help(): string {
  const rows = [...commands].map(([name, { about }]) => `  ${name.padEnd(9)}${about}\n`)
  return `Welcome to the metadata shell.\n\n${rows.join('')}\nPaths may hold *, ? and {a,b}. man COMMAND tells more.\n`
}

const any = Number.POSITIVE_INFINITY
const commands: ReadonlyMap<string, ShellCommand> = new Map<string, ShellCommand>([
  ['cat', { about: 'print files', args: 'PATH...', least: 1, most: any, run: cat }],
  ['cd', { about: 'go to a directory', args: '[PATH]', least: 0, most: 1, isInteractive: true, run: cd }],
  [
    'exit',
    {
      ...{ about: 'leave', args: '', least: 0, most: 0, isInteractive: true },
      run: (state) => {
        state.isOver = true
        return ''
      },
    },
  ],
  ['find', { about: 'print all paths below', args: '[PATH...]', least: 0, most: any, run: search }],
  ['help', { about: 'print this', args: '', least: 0, most: 0, isInteractive: true, run: help }],
  ['history', { about: 'print what was said', args: '[N]', least: 0, most: 1, isInteractive: true, run: history }],
  ['ls', { about: 'list directories', args: '[PATH...]', least: 0, most: any, run: ls }],
  ['man', { about: 'tell about a command', args: 'COMMAND', least: 1, most: 1, isInteractive: true, run: man }],
  [
    'pwd',
    {
      ...{ about: 'print where this is', args: '', least: 0, most: 0, isInteractive: true },
      run: ({ here }) => `/${here.join('/')}\n`,
    },
  ],
  ['tree', { about: 'print a directory with all below it', args: '[PATH...]', least: 0, most: any, run: tree }],
])
