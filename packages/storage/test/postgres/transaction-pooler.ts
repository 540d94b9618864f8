import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A proxy as PgBouncer is with `pool_mode = transaction`: each transaction of a client comes to whichever connection of the server is free.
 */
export interface TransactionPooler {
  readonly url: string
  stop(): Promise<void>
}

/**
 * In front of a server that is reached by a unix socket and trusts whoever comes. Few connections, the longest idle first, so that two
 * transactions rarely meet the same.
 */
export async function transactionPooler(url: string, connections: number): Promise<TransactionPooler> {
  const target = new URL(url)
  const folder = await mkdtemp(join(tmpdir(), 'pooler-'))
  const free: Socket[] = []
  const waiting: ((server: Socket) => void)[] = []
  const giveBack = (server: Socket): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(server)
    else next(server)
  }
  const take = (): Promise<Socket> => {
    const server = free.shift()
    return server === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(server)
  }
  const servers = Array.from({ length: connections }, () => createConnection(join(target.searchParams.get('host') ?? '', '.s.PGSQL.5432')))
  for (const server of servers) {
    server.write(startup({ user: target.username, database: target.pathname.slice(1) }))
    const hear = messages(({ type }) => {
      if (type !== READY) return
      server.off('data', hear)
      giveBack(server)
    })
    server.on('data', hear)
  }
  const clients = new Set<Socket>()
  const proxy = createServer((client) => {
    clients.add(client)
    client.on('error', () => {}).on('close', () => clients.delete(client))
    serve(client, take, giveBack)
  })
  await new Promise<void>((resolve) => proxy.listen(join(folder, '.s.PGSQL.5432'), resolve))
  target.searchParams.set('host', folder)
  return {
    url: target.href,
    async stop() {
      for (const socket of [...clients, ...servers]) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

const READY = 'Z'
const TERMINATE = 'X'
const SYNC = 'S'
const QUERY = 'Q'

interface Message {
  readonly type: string
  readonly bytes: Buffer
}

/** Lets a client in, and passes what it says to a server that it keeps until its transaction is over. */
function serve(client: Socket, take: () => Promise<Socket>, giveBack: (server: Socket) => void): void {
  let server: Socket | null = null
  let asked = 0
  let turn: Promise<void> = Promise.resolve()
  const answer = messages(({ type, bytes }) => {
    client.write(bytes)
    if (type !== READY || --asked > 0 || bytes[5] !== IDLE || server === null) return
    server.off('data', answer)
    giveBack(server)
    server = null
  })
  const pass = async ({ type, bytes }: Message): Promise<void> => {
    if (type === TERMINATE) return
    if (server === null) {
      server = await take()
      server.on('data', answer)
    }
    if (type === SYNC || type === QUERY) asked++
    server.write(bytes)
  }
  // what it left open ends with the connection
  client.on('close', () => server?.destroy())
  client.once('data', (hello: Buffer) => {
    const unknown = parametersOf(hello).find((name) => !KNOWN_PARAMETERS.has(name))
    if (unknown !== undefined) {
      client.end(message('E', [...Buffer.from(`SFATAL\0C08P01\0Munsupported startup parameter: ${unknown}\0\0`)]))
      return
    }
    client.write(Buffer.concat([message('R', [0, 0, 0, 0]), message(READY, [IDLE])]))
    client.on(
      'data',
      messages((said) => {
        turn = turn.then(() => pass(said))
      }),
    )
  })
}

const IDLE = 'I'.charCodeAt(0)

/** What PgBouncer lets a client ask for when it connects, unless `ignore_startup_parameters` names more. */
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set(['user', 'database', 'application_name', 'client_encoding'])

/** The names of what a client asks for in its first message: behind its length and the version of the protocol, names and values by turns. */
function parametersOf(hello: Buffer): readonly string[] {
  const words = hello.subarray(8).toString('latin1').split('\0')
  return words.filter((word, i) => i % 2 === 0 && word !== '')
}

function message(type: string, body: readonly number[]): Buffer {
  const bytes = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0, ...body])
  bytes.writeInt32BE(body.length + 4, 1)
  return bytes
}

function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('')
  const bytes = Buffer.from(`\0\0\0\0\0\x03\0\0${text}\0`, 'latin1')
  bytes.writeInt32BE(bytes.length, 0)
  return bytes
}

/** Cuts what comes into messages. */
function messages(hear: (message: Message) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const bytes = rest.subarray(0, rest.readInt32BE(1) + 1)
      rest = rest.subarray(bytes.length)
      hear({ type: String.fromCharCode(bytes[0] as number), bytes })
    }
  }
}
