/** `millrace get`, `apply`, `logs` and so on: kubectl's words for people who have no kubectl. */
import { nodeEnv } from '../../../env/node/index.ts'
import { homeOf } from '../home.ts'
import { reach } from '../reach.ts'
import { kindsOf } from './kinds.ts'
import { refusedText } from './refused-text.ts'
import { Refused, requestsTo } from './requests.ts'
import { resourceVerbs } from './table.ts'
import { type FlagSpec, Mistake, type Verb } from './verb.ts'
import { readWords } from './words.ts'

const out = (text: string): void => void process.stdout.write(text)
const err = (text: string): void => void process.stderr.write(text)

/** Resolves with the exit code. */
export async function runResourceVerb(name: string, words: readonly string[]): Promise<number> {
  const verb = await resourceVerbs.get(name)!()
  const before = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  if (before.includes('--help') || before.includes('-h')) {
    out(helpOf(verb))
    return 0
  }
  // whoever reads may have enough before the end
  process.stdout.on('error', (failure: { code?: string }) => {
    if (failure.code === 'EPIPE') process.exit(0)
    throw failure
  })
  const code = await guarded(verb, words)
  await new Promise<void>((done) => process.stdout.write('', () => done()))
  return code
}

async function guarded(verb: Verb, words: readonly string[]): Promise<number> {
  const env = nodeEnv({ logLevel: 'off' })
  let reached: Awaited<ReturnType<typeof reach>> = null
  try {
    const { args, after, flags } = readWords(words, verb.flags)
    reached = await reach(homeOf(process.env), env)
    if (reached === null) throw new Mistake('no control plane runs here: start it with millrace up')
    const api = requestsTo(reached, err)
    const values = (flag: string): readonly string[] => flags.get(flag) ?? []
    const value = (flag: string): string | null => values(flag).at(-1) ?? null
    const has = (flag: string): boolean => value(flag) === 'true'
    const namespace = has('all-namespaces') ? null : value('namespace') || 'default'
    return await verb.run({
      ...{ api, kinds: kindsOf(api), args, after, value, values, has, namespace },
      ...{ out, err },
    })
  } catch (thrown) {
    if (thrown instanceof Mistake) {
      err(`error: ${thrown.message}\n`)
      if (/^unknown|^flag needs/.test(thrown.message)) err(`See 'millrace ${verb.name} --help' for usage.\n`)
    } else if (thrown instanceof Refused) err(refusedText(thrown))
    else {
      const { code, message } = thrown as { code?: string; message: string }
      if (code === undefined) throw thrown
      err(`error: the control plane does not answer: ${message || code}\n`)
    }
    return 1
  } finally {
    reached?.close()
    env.close()
  }
}

function helpOf({ name, args, summary, flags, examples }: Verb): string {
  const spelled = flags.map(spellingOf)
  const width = Math.max(...spelled.map((one) => one.length)) + 2
  const lines = flags.map(({ help }, i) => `  ${spelled[i]!.padEnd(width)}${help}\n`)
  const some = examples.map((line) => `  millrace ${line}\n`)
  return `millrace ${name}: ${summary}\n\n  millrace ${name} ${args} [OPTIONS]\n\nExamples\n${some.join('')}\nOptions\n${lines.join('')}`
}

const spellingOf = ({ name, short, takes }: FlagSpec): string =>
  `${short === undefined ? '    ' : `-${short}, `}--${name}${takes === undefined ? '' : ` ${takes}`}`
