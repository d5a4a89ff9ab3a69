import { seedsHold } from './seeds.case.ts'

seedsHold(51, 100)
