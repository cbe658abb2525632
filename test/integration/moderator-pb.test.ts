/** Moderators and administrators over real Protocol Buffers: an embedded node, two connections, two programs. */

import { openPbCluster } from '../support/pb-cluster.ts'
import { moderatorStories } from './moderator-stories.ts'

moderatorStories('embedded node over Protocol Buffers', async () => {
  const { clients, close } = await openPbCluster(2)
  const [first, second] = clients
  return { first: first!, second: second!, close }
})
