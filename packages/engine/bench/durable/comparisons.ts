import { postgresAgainstStatements } from './postgres.ts'
import type { Comparison } from './slices.ts'
import { sqliteAgainstStatements } from './sqlite.ts'

/** Leeway against bare statements for the same rows, by the name of the workload. */
export const comparisons: { readonly [name: string]: (seconds: number) => Promise<Comparison> } = {
  'D1 SQLite, one caller': (seconds) => sqliteAgainstStatements(seconds, 'normal'),
  'D1f SQLite, one caller, synchronous full': (seconds) => sqliteAgainstStatements(seconds, 'full'),
  'D2 PostgreSQL, 8 callers on 8 connections': (seconds) => postgresAgainstStatements(seconds, 8),
  'D2c PostgreSQL, 64 callers on 8 connections': (seconds) => postgresAgainstStatements(seconds, 64),
}
