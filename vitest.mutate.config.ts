import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** The tests that judge the mutants of src/parser: cases, unit tests, and bounded properties. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/parser/**/*.test.ts', 'test/parser/properties.mutate.ts'] },
})
