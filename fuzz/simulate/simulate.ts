import { generate } from './generate.ts'
import { partsOf, type Scenario, without } from './scenario.ts'
import { type Outcome, Simulation } from './simulation.ts'

/** The world of a seed, without some of its parts. `saw` is told what states were met. */
export function simulate(
  scenario: Scenario,
  saw: (state: string) => void = () => {},
  isTold = false,
): Promise<Outcome> {
  return new Simulation(scenario, saw, isTold).run()
}

/** The world of a seed, without what is left out. */
export function scenarioOf(seed: number, leftOut: readonly string[] = []): Scenario {
  return without(generate(seed), new Set(leftOut))
}

/** What can be left out of a world so that the same property is still broken: nearly all, as a rule. */
export async function shrink(scenario: Scenario, property: string): Promise<readonly string[]> {
  const out: string[] = []
  for (let shorter = true; shorter; ) {
    shorter = false
    for (const part of partsOf(without(scenario, new Set(out)))) {
      const { breach } = await simulate(without(scenario, new Set([...out, part])))
      if (breach?.property !== property) continue
      out.push(part)
      shorter = true
    }
  }
  return out
}
