import { franzGo } from './libraries.ts'
import { librarySuite } from './suite.ts'

librarySuite(franzGo)
