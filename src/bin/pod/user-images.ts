import { readFileSync, statSync } from 'node:fs'
import type { Image, Images } from '../../kubelet/index.ts'

const kinds = ['ours', 'node', 'jvm', 'host'] as const

/**
 * Images that a person adds: a JSON file of names (without tag) and what they are. Read again when it has changed; a
 * mistake in it is told by the pods that would use it.
 */
export function userImages(file: string): Images {
  let read = ''
  let table: ReadonlyMap<string, Image> | string = new Map()
  return (name) => {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return { cannot: '' }
    const mark = `${stat.ino} ${stat.mtimeMs} ${stat.size}`
    if (mark !== read) table = tableOf(file)
    read = mark
    if (typeof table === 'string') return { cannot: table }
    const plain = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
    return table.get(name) ?? table.get(plain) ?? { cannot: `${file} has ${[...table.keys()].join(', ') || 'none'}.` }
  }
}

/** A sentence: what is wrong with it. */
function tableOf(file: string): ReadonlyMap<string, Image> | string {
  let rows: unknown
  try {
    rows = JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    return `${file} cannot be read: ${(thrown as Error).message}`
  }
  const table = new Map<string, Image>()
  for (const [name, row] of Object.entries(rows ?? {})) {
    const image = imageOf(name, row)
    if (typeof image === 'string') return `${file}: ${name}: ${image}`
    table.set(name, image)
  }
  return table
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

const isTextMap = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')

function imageOf(name: string, row: unknown): Image | string {
  const allowed = ['kind', 'layout', 'workdir', 'entrypoint', 'arguments', 'env']
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return 'it is no object'
  const unknown = Object.keys(row).find((key) => !allowed.includes(key))
  if (unknown !== undefined) return `there is no ${unknown}; there are ${allowed.join(', ')}`
  const fields = row as Record<string, unknown>
  const { kind = 'host', layout = {}, workdir = '/', entrypoint = [], env = {} } = fields
  const usual = fields['arguments'] ?? []
  const known = kinds.find((one) => one === kind)
  if (known === undefined) return `kind is one of ${kinds.join(', ')}`
  if (!isTextMap(layout) || !isTextMap(env)) return 'layout and env are objects of texts'
  if (typeof workdir !== 'string' || !workdir.startsWith('/')) return 'workdir is an absolute path'
  if (!isTexts(entrypoint) || !isTexts(usual)) return 'entrypoint and arguments are lists of texts'
  return { kind: known, layout, workdir, entrypoint, arguments: usual, env, id: `millrace/${name}` }
}
