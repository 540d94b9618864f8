export { checkChangeSet } from '../check-change-set.ts'
export { compareRecords, compareText, isAfter, passes } from '../compare.ts'
export { checkDeclaration, checkUpgrade } from '../declaration.ts'
export {
  type AnyQuery,
  checkLimit,
  type Filter,
  LIMIT_MAX,
  type Operator,
  readQuery,
  readWhere,
  type Selection,
  type Test,
} from '../query.ts'
