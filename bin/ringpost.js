#!/usr/bin/env node
import { buildIfMissing } from './build-if-missing.js'

process.setSourceMapsEnabled(true)
buildIfMissing()
await import('../dist/src/main.js')
