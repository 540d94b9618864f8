/** Under this the engine object keeps its way in for extensions: registered, so that it is one in every module format. */
export const EXTEND: unique symbol = Symbol.for('leeway.extend') as never
