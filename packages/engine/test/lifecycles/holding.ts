import { type Extension, extend, splitTokenId } from '../../src/extension/index.ts'
import type { Engine } from '../../src/index.ts'

type Own = { readonly type: 'hold' | 'release'; readonly token: string }

const holding: Extension<Own> = {
  name: 'holding',
  collections: [],
  decide(_before, { occurrence }) {
    if (occurrence.type !== 'command') return {}
    const { type, token } = occurrence.command
    const place = splitTokenId(token)
    if (place === null) throw new Error(`${token} is no token`)
    const by = 'test'
    return { commands: [type === 'hold' ? { type, ...place, by, timers: {} } : { type, ...place, by }] }
  },
}

/** Takes tokens of an engine off the path and puts them back, as a case would. */
export interface Holder {
  hold(elementInstanceId: string): Promise<void>
  release(elementInstanceId: string): Promise<void>
}

export async function holderOf(engine: Engine): Promise<Holder> {
  const port = await extend(engine, holding)
  const submit = async (type: Own['type'], token: string): Promise<void> => {
    await port.submit(token.slice(0, token.indexOf('.')), { type, token })
  }
  return { hold: (token) => submit('hold', token), release: (token) => submit('release', token) }
}
