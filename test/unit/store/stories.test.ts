import { storeStories } from '../../integration/store-stories.ts'
import { memoryRiak } from '../../support/open-blog.ts'

storeStories('memory', () => {
  const riak = memoryRiak()
  return Promise.resolve({ first: riak, second: riak, close: () => Promise.resolve() })
})
