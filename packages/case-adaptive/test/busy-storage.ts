import type { Storage } from '@leeway/storage'

/** Each call of it takes the processor for a millisecond, and is answered at once: what makes a hundred of them takes long anywhere. */
export function busyStorage(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        for (const end = performance.now() + 1; performance.now() < end; );
        return member.apply(target, given)
      }
    },
  })
}
