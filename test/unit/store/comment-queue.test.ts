import { queueStories } from '../../integration/queue-stories.ts'
import { memoryRiak } from '../../support/open-blog.ts'

queueStories('memory', () => {
  const riak = memoryRiak()
  return Promise.resolve({ first: riak, second: riak, close: () => Promise.resolve() })
})
