import type { Condition } from '../resource-types.ts'

/** Why a resource cannot be carried out: `reason` for machines, `message` says the field and what would be right. */
export interface Problem {
  readonly reason: string
  readonly message: string
}

/** Something that a person should know of a resource that works. Its time is put in when the status is written. */
export const warning = (reason: string, message: string): Condition => ({
  type: 'Warning',
  status: 'True',
  reason,
  message,
})
