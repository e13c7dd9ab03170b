import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { parseDockerfile } from './dockerfile.ts'

// The schemas allow only the fields in use, so that they refuse a misspelt or misplaced field, as a
// server-side dry run would.
const labels = z.record(z.string().regex(/^([a-z0-9.-]+\/)?[a-z0-9A-Z._-]+$/), z.string().max(63))
const metadata = z.strictObject({ name: z.string().regex(/^[a-z0-9-]{1,63}$/), labels })
const selector = z.strictObject({ matchLabels: labels })
const cpu = z.string().regex(/^\d+m?$/)
const memory = z.string().regex(/^\d+(Ki|Mi|Gi)$/)
const seconds = z.int().positive()
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: z.string() }),
  periodSeconds: seconds,
  timeoutSeconds: seconds.optional(),
  failureThreshold: seconds,
})
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  ports: z.array(
    z.strictObject({ name: z.string().max(15), containerPort: z.int().min(1).max(65_535) }),
  ),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z.strictObject({ preStop: z.strictObject({ sleep: z.strictObject({ seconds }) }) }),
  resources: z.strictObject({
    requests: z.strictObject({ cpu, memory }),
    limits: z.strictObject({ memory }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
})
const podSpec = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: seconds,
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().positive(),
    runAsGroup: z.int().positive(),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  topologySpreadConstraints: z.array(
    z.strictObject({
      maxSkew: seconds,
      topologyKey: z.string(),
      whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
      labelSelector: selector,
    }),
  ),
  containers: z.tuple([container]),
})
const deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata,
  spec: z.strictObject({
    replicas: z.int().positive(),
    strategy: z.strictObject({
      type: z.literal('RollingUpdate'),
      rollingUpdate: z.strictObject({ maxUnavailable: z.int(), maxSurge: z.int() }),
    }),
    selector,
    template: z.strictObject({ metadata: z.strictObject({ labels }), spec: podSpec }),
  }),
})
const service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata,
  spec: z.strictObject({
    selector: labels,
    ports: z.array(z.strictObject({ name: z.string(), port: z.int(), targetPort: z.string() })),
  }),
})
const budget = z.strictObject({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata,
  spec: z.strictObject({ minAvailable: z.int().positive(), selector }),
})

const DEPLOY = join(import.meta.dirname, '../../deploy')
const documents = parseAllDocuments(readFileSync(join(DEPLOY, 'kubernetes.yaml'), 'utf8'))

describe('deploy/kubernetes.yaml', () => {
  it('is valid YAML with a Deployment, a Service and a PodDisruptionBudget', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    const parsed = z
      .tuple([deployment, service, budget])
      .safeParse(documents.map(one => one.toJS()))
    expect(parsed.error?.issues ?? []).toEqual([])
  })

  const [{ spec: deployed }, { spec: served }, { spec: budgeted }] = z
    .tuple([deployment, service, budget])
    .parse(documents.map(one => one.toJS()))
  const pod = deployed.template.spec
  const [{ ports, args, lifecycle, livenessProbe, readinessProbe, startupProbe }] = pod.containers

  it('uses the same labels, ports and paths throughout', () => {
    const { labels } = deployed.template.metadata
    for (const chosen of [
      deployed.selector.matchLabels,
      served.selector,
      budgeted.selector.matchLabels,
    ])
      expect(labels).toMatchObject(chosen)
    const names = ports.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(served.ports.map(({ targetPort }) => targetPort)))
    for (const { httpGet } of [livenessProbe, readinessProbe, startupProbe])
      expect(names).toContain(httpGet.port)
    expect([livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/-/live',
      '/-/ready',
    ])
    expect(budgeted.minAvailable).toBeLessThan(deployed.replicas)
  })

  it('uses the port, the user and the folder of deploy/Dockerfile', () => {
    const image = parseDockerfile(join(DEPLOY, 'Dockerfile'))
    const last = (name: string): string | undefined =>
      image.findLast(one => one.name === name)?.text
    expect(last('EXPOSE')).toBe(String(ports[0]!.containerPort))
    expect(last('USER')).toBe(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`)
    expect(last('CMD')).toBe(JSON.stringify([args[0]]))
  })

  it('gives a pod enough time for its drain', () => {
    const drain = Number(
      /^--drain-timeout=(\d+)s$/.exec(args.find(arg => /drain/.test(arg)) ?? '')?.[1],
    )
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      drain + lifecycle.preStop.sleep.seconds,
    )
  })
})
