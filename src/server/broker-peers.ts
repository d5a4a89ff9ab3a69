import type { Address } from '../env/index.ts'
import type { Peer } from '../wire/index.ts'

type Asked = Pick<Peer, 'ask' | 'close'>

/** Connections to other brokers, one each, made when first needed and again when the broker has another address. */
export class BrokerPeers {
  readonly #address: (brokerId: number) => Address | null
  readonly #connect: (address: Address) => Asked
  readonly #peers = new Map<number, { readonly address: Address; readonly peer: Asked }>()

  constructor(parts: { address(brokerId: number): Address | null; connect(address: Address): Asked }) {
    this.#address = (id) => parts.address(id)
    this.#connect = (address) => parts.connect(address)
  }

  /** Null while it is not known where the broker is. */
  get(brokerId: number): Asked | null {
    const address = this.#address(brokerId)
    const known = this.#peers.get(brokerId)
    if (known !== undefined) {
      if (address !== null && address.host === known.address.host && address.port === known.address.port)
        return known.peer
      this.#peers.delete(brokerId)
      known.peer.close('the broker has another address')
    }
    if (address === null) return null
    const peer = this.#connect(address)
    this.#peers.set(brokerId, { address, peer })
    return peer
  }

  close(): void {
    for (const { peer } of this.#peers.values()) peer.close('the broker shuts down')
    this.#peers.clear()
  }
}
