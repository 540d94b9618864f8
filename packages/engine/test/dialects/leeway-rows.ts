import { extension, steps } from './probe.ts'
import type { Row } from './row.ts'
import { active } from './seen.ts'

/** Attributes of this engine's own. */
export const LEEWAY_ATTRIBUTE_ROWS: readonly Row[] = [
  {
    name: 'calendar',
    does: 'the [business hours](timers.md) that a timer goes by',
    process: steps(
      '<intermediateCatchEvent id="a"><timerEventDefinition v:calendar="shop"><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>',
    ),
    options: { calendars: { shop: { timeZone: 'UTC', hours: { fri: [['09:00', '17:00']] } } } },
    show: async (run) => {
      await run.engine.advance('PT4H')
      return active(run)
    },
    gives: ['a'],
  },
]

/** Its elements. */
export const LEEWAY_ELEMENT_ROWS: readonly Row[] = [
  {
    name: 'deviation',
    does: 'what the model says of leaving the path there: `modes`, `roles`, `mandatory`, `approvals`, `unpausable`, `returnTargets`, `outputs` ([policies](../guide/leaving-the-path.md))',
    process: steps(`<userTask id="a">${extension('<v:deviation modes="sideways"/>')}</userTask>`),
    show: ({ findings }) => findings.map((text) => text.split(':')[0]),
    gives: ['invalidValue'],
  },
]
