/** How many errors deep the server's own is looked for. */
const DEPTH_MAX = 5

/** An error by what libraries around the driver keep in it. */
interface Wrapped {
  readonly code?: unknown
  readonly severity?: unknown
  readonly cause?: unknown
  /** Prisma: the error of its adapter, whose cause has the server's code and message. */
  readonly meta?: { readonly driverAdapterError?: unknown }
  readonly originalCode?: unknown
  readonly originalMessage?: unknown
}

/** What the server said, where a library around the driver threw it in an error of its own; any other error as it is. */
export function serverErrorOf(error: unknown): unknown {
  let inner = error
  for (let depth = 0; depth < DEPTH_MAX && typeof inner === 'object' && inner !== null; depth++) {
    const { code, severity, cause, meta, originalCode, originalMessage }: Wrapped = inner
    if (typeof code === 'string' && severity !== undefined) return inner
    if (typeof originalCode === 'string')
      return Object.assign(new Error(String(originalMessage), { cause: error }), { code: originalCode, severity: 'ERROR' })
    inner = cause ?? meta?.driverAdapterError
  }
  return error
}
