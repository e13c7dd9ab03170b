import { nearest } from './config-issue.ts'
import { ConfigSource } from './config-source.ts'
import { namesKnown, variableName } from './names.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const names = namesKnown('variable')
const variables = new Map([...names].map(([kebab, name]) => [variableName(kebab), name]))
const prefix = variableName('')

export function readEnvironment(env: Environment, cwd: string): ConfigSource {
  const layer = new ConfigSource(cwd)
  for (const [variable, value] of Object.entries(env)) {
    // An empty variable counts as unset: `STATEWIRE_PORT= statewire` is how to unset it for one command.
    if (!variable.startsWith(prefix) || !value) continue
    const name = variables.get(variable)
    if (name !== undefined) {
      layer.addText(name, variable, value)
    } else {
      const near = nearest(variable.slice(prefix.length), [...names.keys()])
      const suggestion = near && variableName(near)
      layer.addProblem({ source: variable, value, allowed: 'is not a known variable', suggestion })
    }
  }
  return layer
}
