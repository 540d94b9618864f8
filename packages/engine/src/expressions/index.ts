export { toBoolean } from './coerce.ts'
export type { EvaluationContext, Expression, HostFunction } from './expression.ts'
export { ExpressionError, type ExpressionErrorCode } from './expression-error.ts'
export { type ParsedExpression, type ParseExpressionOptions, parseExpression } from './parse-expression.ts'
