/** Whether the cluster has the bucket types, active and with our properties; and the blog's own buckets. */

import { roomTypes } from '../../../buckets/rooms.ts'
import { bucketTypeAdvice, bucketTypeCount, bucketTypeFaults } from '../bucket-types.ts'
import type { BucketTypeFault } from '../bucket-types.ts'
import type { Check } from './check.ts'
import { list, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export const bucketTypesCheck: Check = {
  name: 'bucket-types',
  isQuick: true,
  run: async ({ riak, site, admin }) => judgeBucketTypes(await bucketTypeFaults(riak, site), admin),
}

/** Properties that no command may change once there is data. */
const fixed = new Set(['n_val', 'datatype'])

export function judgeBucketTypes(
  faults: readonly BucketTypeFault[],
  admin: string,
): readonly Finding[] {
  if (faults.length === 0) {
    const what = `${bucketTypeCount} bucket types are active, with our properties`
    return [ok('bucket-types', what)]
  }
  const findings: Finding[] = []
  const missing = faults.flatMap((fault) => (fault.kind === 'missing' ? [fault.type] : []))
  if (missing.length > 0) {
    const [first = ''] = missing
    findings.push(
      wrong(
        'bucket-types',
        missing.length === roomTypes.length
          ? 'none of the bucket types exists yet, or is active'
          : `bucket type ${list(missing)} does not exist, or is not active`,
        `${bucketTypeAdvice}\n${admin} bucket-type status ${first} says whether it was created and not activated`,
      ),
    )
  }
  for (const fault of faults) if (fault.kind !== 'missing') findings.push(differs(fault, admin))
  return findings
}

function differs(
  fault: Extract<BucketTypeFault, { readonly kind: 'type' | 'bucket' }>,
  admin: string,
): Finding {
  const { type, property, shown, wanted } = fault
  const must = `${property} is ${shown}, must be ${String(wanted)}`
  if (fault.kind === 'bucket') {
    return wrong(
      'bucket-types',
      `bucket ${fault.bucket} of type ${type} has a property of its own: ${must}`,
      `it is reset to the type’s by: curl -X DELETE http://<node>:8098/types/${type}/buckets/${fault.bucket}/props`,
    )
  }
  const what = `bucket type ${type}: ${must}`
  if (fixed.has(property)) {
    return wrong(
      'bucket-types',
      what,
      `${property} cannot be changed where there is data: take another cluster, or one without these types, and move the blog there`,
    )
  }
  const props = JSON.stringify({ props: { [property]: wanted } })
  return wrong('bucket-types', what, `${admin} bucket-type update ${type} '${props}'`)
}
