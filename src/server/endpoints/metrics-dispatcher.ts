import { StatusCode } from '../../response/index.ts'
import { planText, planUnsupportedMethod, READ_METHODS } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { RequestDispatcher, ServerContext } from '../server-context.ts'
import { Endpoint } from './endpoint.ts'
import { METRICS_PATH, respondMetrics } from './metrics.ts'

/** On an address of their own, the metrics also have the path that Prometheus uses by default. */
const PATHS: readonly string[] = [METRICS_PATH, '/metrics']

/** Serves nothing but metrics, for the connections of `metricsAddress`. */
export class MetricsDispatcher implements RequestDispatcher {
  /** No site is served here. */
  prepare(): void {}

  dispatch(exchange: Exchange, context: ServerContext): void {
    const { method, path, target } = exchange.head
    exchange.endpoint = Endpoint.Metrics
    exchange.isLogged = false
    if (!READ_METHODS.includes(method))
      return exchange.send(planUnsupportedMethod(method, READ_METHODS))
    if (!PATHS.includes(path)) return exchange.send(planText(StatusCode.NotFound))
    const request = `${method} ${target}`
    respondMetrics(exchange, context).catch(error => {
      context.logError(error, request)
      exchange.fail(StatusCode.InternalServerError)
    })
  }

  findShared(): undefined {
    return undefined
  }

  async settled(): Promise<void> {}
}
