import { parentPort } from 'node:worker_threads'
import { Codecs } from './codecs/index.ts'
import type { WorkerAnswer, WorkerAsk } from './heavy.ts'

/** The thread behind {@link NodeHeavy}: one job after the other, buffers moved and not copied. */
const codecs = new Codecs()

parentPort?.on('message', ({ id, work }: WorkerAsk) => {
  let answer: WorkerAnswer
  try {
    const out =
      work.kind === 'compress'
        ? codecs.compress(work.codec, work.level, work.bytes)
        : codecs.decompress(work.codec, work.bytes, work.bytesMax)
    // Only an array that owns its whole buffer can be moved.
    const whole = out.byteLength === out.buffer.byteLength ? out : Uint8Array.prototype.slice.call(out)
    answer = { id, bytes: whole, problem: null }
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message?: string }
    answer = { id, bytes: null, problem: { code: code ?? 'EUNKNOWN', message: message ?? String(thrown) } }
  }
  parentPort?.postMessage(answer, answer.bytes === null ? [] : [answer.bytes.buffer as ArrayBuffer])
})
