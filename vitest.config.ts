import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const source = (file: string): string => join(import.meta.dirname, 'src', file)

export default defineConfig({
  // What package.json's imports and exports say of dist is tested in the sources.
  resolve: {
    alias: [
      { find: /^#src\/(.*)\.js$/, replacement: source('$1.ts') },
      { find: /^statewire$/, replacement: source('index.ts') },
      { find: /^statewire\/parser$/, replacement: source('parser/index.ts') },
      { find: /^statewire\/response$/, replacement: source('response/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'fuzz/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
})
