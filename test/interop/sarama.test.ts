import { sarama } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(sarama)
