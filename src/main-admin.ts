/** The program `riak-admin`: for embedded nodes, in the words of Riak's own. */

import { riakAdmin } from './commands/riak-admin.ts'

process.exitCode = await riakAdmin(process.argv.slice(2))
