import fc from 'fast-check'
import { afterAll } from 'vitest'
import { cleanUpAfterFile } from './after-file.ts'

/** What fast-check draws from in all tests. The suite always draws the same, `pnpm soak` sets LAW_SEED to draw anew. */
export const LAW_SEED: number = Number(process.env.LAW_SEED ?? 2_026)

// Vitest loads this before each test file. A property that names a seed of its own keeps it.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: LAW_SEED })

afterAll(cleanUpAfterFile)
