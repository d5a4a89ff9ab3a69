import { netCases } from '../net.case.ts'
import { memoryNet } from './index.ts'

netCases('memory', () => ({ net: memoryNet({ atTurnEnd: (run) => void setImmediate(run) }), close: () => {} }))
