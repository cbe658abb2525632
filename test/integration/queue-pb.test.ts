/** The moderation queue over real Protocol Buffers: an embedded node, two connections, two programs. */

import { openPbCluster } from '../support/pb-cluster.ts'
import { queueStories } from './queue-stories.ts'

queueStories('embedded node over Protocol Buffers', async () => {
  const { clients, close } = await openPbCluster(2)
  const [first, second] = clients
  return { first: first!, second: second!, close }
})
