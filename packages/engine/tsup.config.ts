import { library } from '../../tsup.library.ts'

export default library({
  index: 'src/index.ts',
  'extension/index': 'src/extension/index.ts',
  'opentelemetry/index': 'src/opentelemetry/index.ts',
  'quickjs/index': 'src/quickjs/index.ts',
  'quickjs/worker': 'src/quickjs/worker.ts',
  'testing/index': 'src/testing/index.ts',
  'cli/leeway': 'src/cli/leeway.ts',
})
