// Replaces the file (first argument) with a number of bytes (second argument), and prints the errno or "done".
import { replaceFile } from '../../../src/adapters/atomic-file.ts'
import { errnoOf } from '../../../src/errors/errno.ts'

const [path = '', size = '0'] = process.argv.slice(2)
try {
  replaceFile(path, 'x'.repeat(Number(size)))
  console.log('done')
} catch (error) {
  console.log(errnoOf(error))
}
