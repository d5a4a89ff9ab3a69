const { existsSync } = require('node:fs')
const { join } = require('node:path')

/** The bundle that `npm ci` made, or the sources when nothing is built. */
module.exports = (name, source) => {
  const root = join(__dirname, '..')
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 18)) {
    throw new Error(`Millrace needs Node 22.18 or newer, and this is Node ${process.versions.node}`)
  }
  const bundle = join(root, 'dist', 'lib', `${name}.cjs`)
  if (existsSync(bundle)) return require(bundle)
  const sources = join(root, source)
  if (existsSync(sources)) return require(sources)
  throw new Error(`millrace/${name} is not built: run "npm ci" in ${root}`)
}
