import net from 'node:net'
import type { NodeSocket } from './socket.ts'

/** What one read brings at most: four times what Node's own buffers take, so a large request is fewer turns. */
const readBytes = 256 * 1024

/**
 * One buffer into which all connections of a net read, one after the other: a chunk is lent until its receiver returns.
 * A receiver who knows where the next bytes belong has them read there.
 * A fresh buffer for each read, which streams make, costs a garbage collection for every few megabytes received: half of
 * a broker's time when clients produce as fast as they can.
 */
export class SharedReader {
  #buffer: Uint8Array | null = null

  /** `onread` of a stream whose socket is known by the time the first byte comes. */
  options(socket: () => NodeSocket | null): net.OnReadOpts {
    const shared = (this.#buffer ??= new Uint8Array(readBytes))
    return {
      buffer: () => socket()?.onRoom() ?? shared,
      callback: (length, room) => {
        socket()?.received(room.subarray(0, length))
        return true
      },
    }
  }

  /**
   * A server makes its streams without `onread`, so an accepted one is made anew around its handle. Where a Node keeps
   * the handle elsewhere, the stream stays as it is and reads its own chunks.
   */
  rebuild(accepted: net.Socket, adopt: (stream: net.Socket, readsShared: boolean) => NodeSocket): NodeSocket {
    const holder = accepted as unknown as { _handle?: object | null }
    const handle = holder._handle
    if (typeof handle !== 'object' || handle === null) return adopt(accepted, false)
    let socket: NodeSocket | null = null
    holder._handle = null
    const options: net.SocketConstructorOpts & { pauseOnCreate: true } = {
      handle: handle as never,
      pauseOnCreate: true,
      readable: true,
      writable: true,
      onread: this.options(() => socket),
    }
    socket = adopt(new net.Socket(options), true)
    return socket
  }
}
