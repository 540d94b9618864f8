import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { StorageError } from '@leeway/storage'

/** A file of lines that only grows. */
export interface Journal {
  /** Writes the lines and waits until they are on the disk. */
  append(lines: readonly unknown[]): void
  close(): void
}

/** Opens the file and tells each line of it. A line that a crash cut short was never acknowledged: it is cut off. */
export function openJournal(file: string, tell: (line: unknown) => void): Journal {
  const handle = openSync(file, 'a+')
  const text = readFileSync(file)
  const whole = text.lastIndexOf('\n') + 1
  if (whole < text.length) ftruncateSync(handle, whole)
  for (const line of text.subarray(0, whole).toString('utf8').split('\n')) if (line !== '') tell(JSON.parse(line))
  return {
    append(lines) {
      if (lines.length === 0) return
      try {
        writeSync(handle, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
        fdatasyncSync(handle)
      } catch (cause) {
        // memory is ahead of the file now: open it again to go on
        throw new StorageError('unknownOutcome', 'The journal could not be written. Open the store again.', {}, { cause })
      }
    },
    close: () => closeSync(handle),
  }
}
