/** Why a text is no uuid, in the words of Java's base64 decoder and of Uuid.fromString. */
export function uuidProblem(text: string): string {
  if (text.length > 24)
    return `Input string with prefix \`${text.slice(0, 24)}\` is too long to be decoded as a base64 UUID`
  if (text.length === 1) return 'Input byte[] should at least have 2 bytes for base64 bytes'
  if (text.length % 4 === 1) return 'Last unit does not have enough valid bits'
  return `Input string \`${text}\` decoded as ${Math.floor((text.length * 3) / 4)} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID`
}
