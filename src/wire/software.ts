/** How every node, client and tool names itself to whom it connects to (KIP-511). The version is package.json's. */
export const software = Object.freeze({ name: 'millrace', version: '0.1.0' })
