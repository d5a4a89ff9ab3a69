/** What differs from Kubernetes on purpose, by the name of the request: docs/kubernetes-api.md says why. */
export const known: Readonly<Record<string, readonly string[]>> = {}
