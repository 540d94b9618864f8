import type { ScriptReply, ScriptRequest } from './run-script.ts'
import { spawn, type Thread } from './spawn.ts'

/** Threads that run scripts, at most so many at once; what finds none free waits its turn. */
export interface ThreadPool {
  run(request: ScriptRequest): Promise<ScriptReply>
}

/**
 * How long after its limit a script's thread is ended. The sandbox itself stops at the limit whatever it looks at the clock in, which is
 * cheaper, for then the thread is kept; and a busy machine needs a while to begin.
 */
const GRACE_MS = 500
/** How long a thread is kept that has nothing to do. */
const IDLE_MS = 30_000

interface Waiting {
  readonly request: ScriptRequest
  readonly settle: (reply: ScriptReply) => void
}

interface Member {
  thread: Thread | null
  /** What it is at. */
  at: Waiting | null
  timer: Timer | undefined
  isGone: boolean
}

type Timer = ReturnType<typeof setTimeout>

/** Opens a pool without threads: they are started as scripts come, kept warm, and ended when idle. */
export function openPool(threadsMax: number): ThreadPool {
  const waiting: Waiting[] = []
  const idle: Member[] = []
  let count = 0
  let starting = 0

  return {
    run: (request) =>
      new Promise((settle) => {
        waiting.push({ request, settle })
        next()
      }),
  }

  function next(): void {
    while (waiting.length > 0 && idle.length > 0) give(idle.pop() as Member, waiting.shift() as Waiting) // so their lengths say
    while (waiting.length > starting && count < threadsMax) start()
  }

  function start(): void {
    count += 1
    starting += 1
    const member: Member = { thread: null, at: null, timer: undefined, isGone: false }
    let isReady = false
    const started = (): void => {
      if (!isReady) starting -= 1
      isReady = true
    }
    const gone = (message: string): void => {
      if (member.isGone) return
      const at = isReady ? member.at : waiting.shift()
      started()
      remove(member)
      at?.settle({ type: 'broken', message })
      next()
    }
    const ready = (): void => {
      started()
      rest(member)
      next()
    }
    const reply = (answer: ScriptReply): void => {
      if (member.isGone) return
      const at = member.at
      rest(member)
      at?.settle(answer)
      next()
    }
    try {
      member.thread = spawn({ ready, reply, gone })
    } catch (error) {
      gone(error instanceof Error ? error.message : String(error))
    }
  }

  function give(member: Member, at: Waiting): void {
    clearTimeout(member.timer)
    member.at = at
    member.thread?.hold(true)
    member.thread?.post(at.request)
    const overrun = (): void => {
      remove(member)
      at.settle({ type: 'late' })
      next()
    }
    // In two turns: where this thread itself was held up, an answer that is there already comes between them.
    member.timer = setTimeout(() => {
      member.timer = setTimeout(overrun, GRACE_MS)
    }, at.request.timeMs)
  }

  function rest(member: Member): void {
    clearTimeout(member.timer)
    member.at = null
    member.thread?.hold(false)
    member.timer = setTimeout(() => remove(member), IDLE_MS)
    // Numbers in a browser, where nothing keeps a page alive.
    if (typeof member.timer === 'object') member.timer.unref()
    idle.push(member)
  }

  function remove(member: Member): void {
    clearTimeout(member.timer)
    member.isGone = true
    count -= 1
    const place = idle.indexOf(member)
    if (place >= 0) idle.splice(place, 1)
    member.thread?.end()
  }
}
