import { isUuid, type Uuid } from '../../bytes/index.ts'
import { FormatError } from './plan.ts'

/** A voter of a new dynamic quorum. */
export interface InitialVoter {
  readonly id: number
  readonly directoryId: Uuid
  readonly host: string
  readonly port: number
}

/** `--initial-controllers`: `id@host:port:directoryId`, separated by commas; the host may be an IPv6 address in brackets. */
export function parseInitialVoters(text: string): InitialVoter[] {
  const voters = text.split(',').map((entry) => parseVoter(entry.trim()))
  voters.sort((a, b) => a.id - b.id)
  for (let i = 1; i < voters.length; i++) {
    const { id } = voters[i]!
    if (voters[i - 1]!.id === id) throw new FormatError(`Node id ${id} was specified more than once.`)
  }
  return voters
}

function parseVoter(entry: string): InitialVoter {
  const at = entry.indexOf('@')
  if (at < 0) throw new FormatError('No @ found in dynamic voter string.')
  const id = entry.slice(0, at)
  if (!/^\d{1,10}$/.test(id)) throw new FormatError('Failed to parse node id in dynamic voter string.')
  const address = entry.slice(at + 1)
  if (address === '') throw new FormatError('No hostname found after node id.')
  const hostEnd = address.startsWith('[') ? address.indexOf(']') + 1 : address.indexOf(':')
  if (address.startsWith('[') && hostEnd === 0) {
    throw new FormatError('Hostname began with left bracket, but no right bracket was found.')
  }
  if (hostEnd < 0) throw new FormatError('No colon following hostname could be found.')
  const host = address.startsWith('[') ? address.slice(1, hostEnd - 1) : address.slice(0, hostEnd)
  if (address[hostEnd] !== ':') throw new FormatError('Port section must start with a colon.')
  const rest = address.slice(hostEnd + 1)
  const portEnd = rest.indexOf(':')
  if (portEnd < 0) throw new FormatError('No colon following port could be found.')
  const port = Number(rest.slice(0, portEnd))
  if (!/^\d{1,5}$/.test(rest.slice(0, portEnd))) {
    throw new FormatError('Failed to parse port in dynamic voter string.')
  }
  if (port > 65_535) throw new FormatError('Invalid port number: must be between 0 and 65535.')
  const directoryId = rest.slice(portEnd + 1)
  if (!isUuid(directoryId)) throw new FormatError('Failed to parse directory ID in dynamic voter string.')
  return { id: Number(id), directoryId, host, port }
}
