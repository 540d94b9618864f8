import type { ScriptReply, ScriptRequest } from './run-script.ts'

/** A thread that runs one script after the other. */
export interface Thread {
  post(request: ScriptRequest): void
  /** Ends it, whatever it is doing. */
  end(): void
  /** Whether the process is to live for it. */
  hold(isHeld: boolean): void
}

/** What a thread tells. */
export interface ThreadEvents {
  readonly ready: () => void
  readonly reply: (reply: ScriptReply) => void
  /** It is gone, or could not be started. */
  readonly gone: (message: string) => void
}

/** Starts a thread: a worker of Node, else a dedicated worker of a browser. */
export function spawn({ ready, reply, gone }: ThreadEvents): Thread {
  const told = (message: ScriptReply | 'ready'): void => (message === 'ready' ? ready() : reply(message))
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads')
  if (threads !== undefined) {
    const isSource = import.meta.filename.endsWith('.ts') // as in tests
    // The process's own flags are not the thread's: some, such as --input-type, are refused there.
    const worker = new threads.Worker(`${import.meta.dirname}/worker.${isSource ? 'ts' : 'js'}`, { execArgv: [] })
    worker.on('message', told)
    worker.on('error', (error) => gone(error instanceof Error ? error.message : String(error)))
    worker.on('exit', (code) => gone(`its thread ended with ${code}`))
    return {
      post: (request) => worker.postMessage(request),
      end: () => void worker.terminate(),
      hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    }
  }
  const { Worker } = globalThis as unknown as { readonly Worker: new (url: URL, options: { readonly type: 'module' }) => WebWorker } // of a browser
  // Bundlers find the file by this very expression.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }) => told(data)
  worker.onerror = ({ message }) => gone(message ?? 'its thread could not be started')
  return { post: (request) => worker.postMessage(request), end: () => worker.terminate(), hold: () => undefined }
}

interface WebWorker {
  onmessage: (event: { readonly data: ScriptReply | 'ready' }) => void
  onerror: (event: { readonly message?: string }) => void
  postMessage(request: ScriptRequest): void
  terminate(): void
}
