#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { main } from './main.ts'

void main(process.argv.slice(2), {
  out: (line) => console.log(line),
  error: (line) => console.error(line),
  readFile: (path) => readFile(path),
  writeFile: (path, text) => writeFile(path, text),
  exists: existsSync,
  async *ask(prompt) {
    const lines = createInterface({ input: process.stdin, output: process.stdout, prompt, terminal: process.stdin.isTTY === true })
    lines.prompt()
    for await (const line of lines) {
      yield line
      lines.prompt()
    }
  },
}).then((code) => {
  process.exitCode = code
})
