import SqliteDatabase from 'better-sqlite3'

/** The tables of a file with their rows, as SQL that makes them again. */
export function dumpOfSqlite(file: string): string {
  const database = new SqliteDatabase(file)
  const lines = database
    .prepare<[], { sql: string }>(`select sql from sqlite_master where sql is not null order by type desc, name`)
    .all()
    .map(({ sql }) => `${sql};`)
  for (const { name } of database
    .prepare<[], { name: string }>(`select name from sqlite_master where type = 'table' order by name`)
    .all()) {
    const columns = database.prepare<[], { name: string }>(`select name from pragma_table_info('${name}')`).all()
    const quoted = columns.map((column) => `quote("${column.name}")`).join(` || ',' || `)
    for (const { row } of database.prepare<[], { row: string }>(`select ${quoted} as row from ${name}`).all())
      lines.push(`insert into ${name} values (${row});`)
  }
  database.close()
  return `${lines.join('\n')}\n`
}
