import { newQuickJSWASMModule } from 'quickjs-emscripten'
import { runScript, type ScriptReply, type ScriptRequest } from './run-script.ts'

/** What a thread of Node and one of a browser have in common. */
interface Port {
  postMessage(message: ScriptReply | 'ready'): void
}

const port: (Port & { on(event: 'message', listener: (request: ScriptRequest) => void): unknown }) | null =
  globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort ?? null
let loading = newQuickJSWASMModule()

async function answer(request: ScriptRequest, { postMessage }: Port): Promise<void> {
  const reply = runScript(await loading, request)
  // What the sandbox itself did not survive must not meet the next script.
  if (reply.type === 'broken') loading = newQuickJSWASMModule()
  postMessage(reply)
}

/** Where the library is missing or cannot be loaded this fails, and the thread with it. */
async function listen(): Promise<void> {
  await loading
  if (port !== null) {
    const here: Port = { postMessage: (message) => port.postMessage(message) }
    port.on('message', (request) => void answer(request, here))
    here.postMessage('ready')
    return
  }
  const self = globalThis as unknown as Port & { onmessage: (event: { readonly data: ScriptRequest }) => void } // a dedicated worker's scope
  const here: Port = { postMessage: (message) => self.postMessage(message) }
  self.onmessage = ({ data }) => void answer(data, here)
  here.postMessage('ready')
}

void listen()
