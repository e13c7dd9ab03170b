#!/usr/bin/env node
import { runCommandLine } from './index.ts'

// Not awaited: the bundler would then put what is shared with the chunks into a further file.
void runCommandLine()
