import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A way to the server on which, from a moment on, nothing arrives any more, in neither direction: not even that it was closed. */
export interface SilentProxy {
  readonly url: string
  fallSilent(): void
  stop(): Promise<void>
}

/** In front of a server that is reached by a unix socket. */
export async function silentProxy(url: string): Promise<SilentProxy> {
  const target = new URL(url)
  const folder = await mkdtemp(join(tmpdir(), 'silent-'))
  const door = join(target.searchParams.get('host') ?? '', '.s.PGSQL.5432')
  const sockets: Socket[] = []
  let isSilent = false
  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    const server = createConnection(door)
    sockets.push(client, server)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => {})
      from.on('data', (data) => void (isSilent || to.write(data)))
      from.on('end', () => void (isSilent || to.end()))
    }
  })
  await new Promise<void>((resolve) => proxy.listen(join(folder, '.s.PGSQL.5432'), resolve))
  target.searchParams.set('host', folder)
  return {
    url: target.href,
    fallSilent() {
      isSilent = true
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
