/** What a directory may hold that is not a node's yet: files of formatting and of the system. */
const begun =
  /^(\.lock|\.kafka_cleanshutdown|\.millrace_logs|bootstrap\.checkpoint|meta\.properties|__cluster_metadata-0|.*-checkpoint|lost\+found|\.DS_Store)(\.tmp)?$/

/** Why a directory without meta.properties is not to be formatted unasked: files of somebody else; null: it may be. */
export function whyForeign(directory: string, names: readonly string[]): string | null {
  const foreign = names.filter((name) => !begun.test(name)).sort()
  if (foreign.length === 0) return null
  const some = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? ` and ${foreign.length - 3} more` : '')
  return `${directory} holds files but no Kafka data (${some}), so it is left as it is.`
}
