import { defineConfig } from 'vitest/config'

/** `npm run slow`: what would be in the way of all other tests beside it. */
export default defineConfig({
  test: { include: ['test/**/*.slow.ts'], testTimeout: 60_000 },
})
