import { generate } from './generate.ts'
import type { PropertyName } from './properties.ts'
import { partIdsOf, type Scenario, withoutParts } from './scenario.ts'
import { Simulation, type SimulationResult } from './simulation.ts'
import type { SimulationOptions } from './simulation-context.ts'

/** Returns the scenario of a seed, without the parts of these ids. */
export function scenarioOf(seed: number, without: readonly string[] = []): Scenario {
  return withoutParts(generate(seed), new Set(without))
}

/** Runs a scenario until it ends or a property is violated. */
export function simulate(
  scenario: Scenario,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  return new Simulation(scenario, options).run()
}

/** Finds parts that can all be left out of a scenario with the same property still violated. */
export async function shrink(
  scenario: Scenario,
  property: PropertyName,
): Promise<readonly string[]> {
  const omitted: string[] = []
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false
    for (const id of partIdsOf(withoutParts(scenario, new Set(omitted)))) {
      const { violation } = await simulate(withoutParts(scenario, new Set([...omitted, id])))
      if (violation?.property !== property) continue
      omitted.push(id)
      isSmaller = true
    }
  }
  return omitted
}
