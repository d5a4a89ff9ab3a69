import type { Written } from '../../../cli/manifests/read.ts'
import { fieldPath } from '../../../resources/index.ts'
import type { Refused } from './requests.ts'

/** What the server refused, as kubectl says it; of what came from a file, each field with its place in it. */
export function refusedText({ status, message }: Refused, doing = '', written: Written | null = null): string {
  const { reason, details } = status
  const causes = (details.causes ?? []).filter(({ message: said }) => said !== undefined)
  if (reason === 'Invalid' && details.kind !== undefined && causes.length > 0) {
    const lines = causes.map(({ field, message: said }) => {
      const place = written?.place(fieldPath(field ?? ''))
      const where = place === undefined ? '' : ` (${written!.file}:${place.line}:${place.column})`
      return `${field ? `${field}: ` : ''}${said}${where}`
    })
    const text = lines.length === 1 ? lines[0]! : lines.map((line) => `\n* ${line}`).join('')
    return `The ${details.kind} "${details.name ?? ''}" is invalid: ${text}\n`
  }
  return `Error from server${reason === '' ? '' : ` (${reason})`}: ${doing === '' ? '' : `${doing}: `}${message}\n`
}
