import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const source = (file: string): string => join(import.meta.dirname, 'src', file)

export default defineConfig({
  // The examples in README and docstrings say 'statewire', and mean the sources here.
  resolve: {
    alias: [
      { find: /^statewire$/, replacement: source('index.ts') },
      { find: /^statewire\/parser$/, replacement: source('parser/index.ts') },
      { find: /^statewire\/response$/, replacement: source('response/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
