import { failure, failureOf } from '../failure.ts'
import type { Done, Heavy, Jobs } from '../index.ts'
import type { Turns } from './turns.ts'

/** Heavy work; still on the main thread. */
export class NodeHeavy implements Heavy {
  readonly #turns: Turns

  constructor(turns: Turns) {
    this.#turns = turns
  }

  run<J extends keyof Jobs>(job: J, ask: Jobs[J]['ask'], done: Done<Jobs[J]['answer']>, _lane?: string): void {
    const zlib = process.getBuiltinModule('node:zlib')
    try {
      if (job === 'compress') {
        const { codec, level, bytes } = ask as Jobs['compress']['ask']
        if (codec === 'gzip') return this.#turns.later(done, null, zlib.gzipSync(bytes, { level: level ?? -1 }))
        if (codec === 'zstd') {
          const params = { [zlib.constants.ZSTD_c_compressionLevel]: level ?? 3 }
          return this.#turns.later(done, null, zlib.zstdCompressSync(bytes, { params }))
        }
      }
      if (job === 'decompress') {
        const { codec, bytes, bytesMax } = ask as Jobs['decompress']['ask']
        if (codec === 'gzip')
          return this.#turns.later(done, null, zlib.gunzipSync(bytes, { maxOutputLength: bytesMax }))
        if (codec === 'zstd') {
          return this.#turns.later(done, null, zlib.zstdDecompressSync(bytes, { maxOutputLength: bytesMax }))
        }
      }
      this.#turns.later(done, failure('ENOTSUP', `${job} of this kind is not built yet`), undefined as never)
    } catch (thrown) {
      this.#turns.later(done, failureOf(job, thrown), undefined as never)
    }
  }
}
