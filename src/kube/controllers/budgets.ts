/** PodDisruptionBudgets: how many pods there should be, how many are healthy, how many may go. */
import { type Controller, type Obj, type Pass, timestampOf } from '../../kube-client/index.ts'
import { listOf, recordOf } from '../kinds/read.ts'
import { selects } from '../kinds/selectors.ts'
import { sameJson } from '../schema/node.ts'
import { share } from './pod-template.ts'
import { budgets, isDeleted, isPodDone, isPodReady, keyOf, pods, refOf, refTo, specOf, statusOf } from './refs.ts'

export interface BudgetFacts {
  readonly budget: Obj
  /** Those that it selects and that run or should. */
  readonly pods: readonly Obj[]
}

export function budgetController(): Controller<BudgetFacts> {
  const selected = (budget: Obj, pod: Obj): boolean =>
    specOf(budget)['selector'] !== undefined && selects(recordOf(specOf(budget)['selector']), pod.metadata.labels)
  return {
    name: 'disruption-controller',
    inputs: [
      { kind: budgets, keys: (budget) => [keyOf(budget)] },
      {
        kind: pods,
        keys: (pod, view) =>
          view
            .list(budgets, { namespace: pod.metadata.namespace ?? null })
            .filter((budget) => selected(budget, pod))
            .map(keyOf),
      },
    ],
    gather: async (key, view) => {
      const budget = view.get(budgets, refOf(key))
      if (budget === undefined || isDeleted(budget)) return null
      const mine = view
        .list(pods, { namespace: refOf(key).namespace })
        .filter((pod) => selected(budget, pod) && !isPodDone(pod))
      return { budget, pods: mine }
    },
    plan: (_key, facts, nowMs) => planBudget(facts, nowMs),
  }
}

export function planBudget({ budget, pods }: BudgetFacts, nowMs: number): Pass {
  const spec = specOf(budget)
  const expected = pods.length
  const healthy = pods.filter((pod) => isPodReady(pod) && !isDeleted(pod)).length
  const desired =
    spec['maxUnavailable'] !== undefined
      ? Math.max(0, expected - share(spec['maxUnavailable'], expected, 'up'))
      : share(spec['minAvailable'] ?? 1, expected, 'up')
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0
  const isAllowed = allowed > 0
  const standing = listOf(statusOf(budget)['conditions'])
    .map(recordOf)
    .find((one) => one['type'] === 'DisruptionAllowed')
  const state = isAllowed ? 'True' : 'False'
  const condition = {
    type: 'DisruptionAllowed',
    status: state,
    observedGeneration: budget.metadata.generation ?? 0,
    reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: standing?.['status'] === state ? standing['lastTransitionTime'] : timestampOf(nowMs),
  }
  const status = {
    conditions: [condition],
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 0,
  }
  if (sameJson(statusOf(budget), status)) return { actions: [] }
  return { actions: [{ do: 'merge', kind: budgets, ref: refTo(budget), patch: { status }, subresource: 'status' }] }
}
