import { postgresStores, stores } from './stores.ts'

/** The stores that the main rules of the runtime must hold on. */
export const allStores: typeof stores = stores.some(({ name }) => name === 'PostgreSQL') ? stores : [...stores, ...(await postgresStores())]
