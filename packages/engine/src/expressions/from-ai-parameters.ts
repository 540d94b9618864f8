/** The parameters of `fromAi` in their order. */
export const FROM_AI_PARAMETERS: readonly string[] = ['value', 'description', 'type', 'schema', 'options']
