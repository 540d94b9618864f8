import type pg from 'pg'

/** The tables of a schema with their rows, as SQL that makes them again in a schema of that name. */
export async function dumpOf(pool: pg.Pool, schema: string): Promise<string> {
  const lines = [`create schema ${schema};`, `set search_path to ${schema};`]
  const ask = async (sql: string, values: readonly unknown[] = [schema]): Promise<string[]> =>
    (await pool.query<string[]>({ text: sql, values: [...values], rowMode: 'array' })).rows.map(([text = '']) => text)
  const tables = await ask(`select tablename from pg_tables where schemaname = $1 order by 1`)
  for (const table of tables) {
    const place = [`${schema}.${table}`]
    const columns = await ask(
      `select quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
        || case when attcollation <> typcollation then ' collate ' || quote_ident(collname) else '' end
        || case when attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
      from pg_attribute join pg_type on pg_type.oid = atttypid left join pg_collation on pg_collation.oid = attcollation
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      place,
    )
    const constraints = await ask(
      `select pg_get_constraintdef(oid) from pg_constraint where conrelid = $1::regclass and contype = 'p'`,
      place,
    )
    lines.push(`create table ${table} (${[...columns, ...constraints].join(', ')});`)
    const names = await ask(
      `select quote_ident(attname) from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum`,
      place,
    )
    const rows = await ask(
      `select concat_ws(', ', ${names.map((name) => `quote_nullable(${name}::text)`).join()}) from ${schema}.${table} order by 1`,
      [],
    )
    for (const row of rows) lines.push(`insert into ${table} values (${row});`)
  }
  const indexes = await ask(
    `select pg_get_indexdef(indexrelid) from pg_index join pg_class on pg_class.oid = indexrelid
    where not indisprimary and relnamespace = $1::regnamespace order by 1`,
  )
  return `${[...lines, ...indexes.map((index) => `${index};`)].join('\n')}\n`
}
