#!/usr/bin/env node
import { useCompileCache } from './compile-cache.ts'

// Nothing of the command is loaded before the cache is on. Not awaited: what a command loads later shares files with it.
useCompileCache()
void import('./main.ts').then(({ main }) => main())
