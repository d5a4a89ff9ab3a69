const lengthMax = 249
const legal = /^[a-zA-Z0-9._-]+$/

/** Why a topic cannot be called so, in Kafka's words; null when it can. */
export function badTopicName(name: string): string | null {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > lengthMax) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${lengthMax}`
  }
  if (legal.test(name)) return null
  return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
}
