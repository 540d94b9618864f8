/** Longest text of one expression, in UTF-16 code units. */
export const SOURCE_LENGTH_MAX = 10_000

/** Deepest nesting of brackets, calls, signs and conditionals in one expression. */
export const NESTING_MAX = 100

/** Most iterations, calls and other counted operations of one evaluation. */
export const OPERATIONS_MAX = 100_000

/** Longest string that an evaluation may make, in UTF-16 code units. */
export const STRING_LENGTH_MAX = 1_048_576

/** Most list elements and context entries, shared ones counted each time, that one evaluation may go through. */
export const VALUES_TOUCHED_MAX = 5_000_000

/** Deepest nesting of a value that is compared, written out or handed over. */
export const VALUE_DEPTH_MAX = 500

/** Most steps that the patterns of one evaluation may need in the worst case. */
export const PATTERN_STEPS_MAX = 50_000_000
