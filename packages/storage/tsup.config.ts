import { library } from '../../tsup.library.ts'

export default library({
  index: 'src/index.ts',
  'adapter/index': 'src/adapter/index.ts',
  'sqlite/index': 'src/sqlite/index.ts',
  'postgres/index': 'src/postgres/index.ts',
  'conformance/index': 'src/conformance/index.ts',
})
