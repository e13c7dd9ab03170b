import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** What judges the mutants of src/parser: its cases and unit tests. No child processes. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/parser/**/*.test.ts'] },
})
