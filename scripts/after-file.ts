const cleanUps: (() => unknown)[] = []

/**
 * Has what a module made be cleaned up after the test file that is running. For modules that several files share: they are loaded once for
 * all files of a worker, so that an `afterAll` of theirs would be the first file's alone.
 */
export function afterFile(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp)
}

export async function cleanUpAfterFile(): Promise<void> {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
}
