import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** What judges the mutants of src/parser: its cases, its unit tests, and its properties, bounded. No child processes. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/parser/**/*.test.ts', 'test/parser/properties.mutate.ts'] },
})
