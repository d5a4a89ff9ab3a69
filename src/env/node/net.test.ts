import { netCases } from '../net.case.ts'
import { nodeEnv } from './index.ts'

netCases('node', () => {
  const env = nodeEnv({ logLevel: 'off' })
  return { net: env.net, close: () => env.close() }
})
