/** Files, directories and standard input as resources, checked before anybody sends them anywhere. */
import type { Obj } from '../../kube-client/index.ts'
import { checkResource, checkRules, type Finding, pathText } from '../../resources/index.ts'
import { absolute, type CliWorld, readFile, ToolFailure } from '../world.ts'
import { type Manifest, type Place, readManifests } from './yaml.ts'

/** One resource and where it stands. */
export interface Written {
  readonly object: Obj
  readonly file: string
  /** As it was written; null for an entry of a List. */
  readonly text: string | null
  place(path: readonly (string | number)[]): Place
}

export interface ReadManifests {
  readonly resources: readonly Written[]
  /** `FILE:LINE:COLUMN: what is wrong`, most of it with what is allowed. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

const extensions: readonly string[] = ['.yaml', '.yml', '.json']
/** More than any manifest of people; a directory of them counts one by one. */
const fileBytesMax = 16 * 1024 * 1024

/** `-` is standard input; of a directory, its files that end with .yaml, .yml or .json, by name. */
export const readResources = async (world: CliWorld, files: readonly string[]): Promise<ReadManifests> => {
  const resources: Written[] = []
  const errors: string[] = []
  const warnings: string[] = []
  for (const { file, text } of await sources(world, files)) {
    const { manifests, mistakes } = readManifests(text)
    for (const m of mistakes) errors.push(`${file}:${m.line}:${m.column}: ${m.message}`)
    for (const manifest of manifests)
      for (const written of unpacked(manifest, file)) {
        const findings = await findingsOf(written.object)
        for (const finding of findings)
          (finding.level === 'error' ? errors : warnings).push(findingText(written, finding))
        if (!findings.some((finding) => finding.level === 'error')) resources.push(written)
      }
  }
  return { resources, errors, warnings }
}

const findingsOf = async (object: Obj): Promise<readonly Finding[]> => {
  const findings = checkResource(object)
  return findings.some((finding) => finding.level === 'error') ? findings : [...findings, ...(await checkRules(object))]
}

/** A line for people: where in which file, what, and what is allowed. Serves for what a server says of a field, too. */
export const findingText = (written: Pick<Written, 'file' | 'place'>, finding: Finding): string => {
  const { line, column } = written.place(finding.path)
  const where = finding.path.length === 0 ? '' : `${pathText(finding.path)}: `
  const allowed = finding.allowed === undefined ? '' : `\n  allowed: ${finding.allowed.join(', ')}`
  return `${written.file}:${line}:${column}: ${where}${finding.message}${allowed}`
}

/** The entries of a List, or the document itself. */
const unpacked = (manifest: Manifest, file: string): readonly Written[] => {
  const value = manifest.value as { readonly kind?: unknown; readonly items?: unknown } | null
  if (value?.kind !== 'List' || !Array.isArray(value.items))
    return [{ object: manifest.value as Obj, file, text: manifest.text, place: (path) => manifest.place(path) }]
  return value.items.map((item: unknown, index) => ({
    object: item as Obj,
    file,
    text: null,
    place: (path) => manifest.place(['items', index, ...path]),
  }))
}

const sources = async (world: CliWorld, files: readonly string[]): Promise<{ file: string; text: string }[]> => {
  const all: { file: string; text: string }[] = []
  for (const file of files) {
    if (file === '-') all.push({ file: 'stdin', text: await standardInput(world) })
    else for (const path of await filesOf(world, file)) all.push({ file: path, text: await textOf(world, path) })
  }
  return all
}

const standardInput = async (world: CliWorld): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of world.stdin) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > fileBytesMax) throw new ToolFailure(`standard input is longer than ${fileBytesMax} bytes`)
  }
  return text + decoder.decode()
}

const filesOf = (world: CliWorld, path: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    world.env.disk.list(absolute(world, path), (failure, entries) => {
      if (failure !== null) {
        if (failure.code === 'ENOENT') reject(new ToolFailure(`there is no ${path}`))
        // Not a directory: a file.
        else if (failure.code === 'ENOTDIR') resolve([path])
        else reject(new ToolFailure(`${path}: ${failure.message}`))
        return
      }
      const names = entries
        .filter((entry) => entry.kind === 'file' && extensions.some((extension) => entry.name.endsWith(extension)))
        .map((entry) => entry.name)
        .sort()
      if (names.length === 0) reject(new ToolFailure(`${path} holds no files that end with ${extensions.join(', ')}`))
      else resolve(names.map((name) => `${path.replace(/\/+$/, '')}/${name}`))
    })
  })

const textOf = async (world: CliWorld, path: string): Promise<string> => {
  const bytes = await readFile(world, path, (missing) => new ToolFailure(`there is no ${missing}`))
  if (bytes.byteLength > fileBytesMax) throw new ToolFailure(`${path} is longer than ${fileBytesMax} bytes`)
  return new TextDecoder().decode(bytes)
}
