/**
 * How `riak-admin` is called: Riak's own words, commands included that an embedded node does not have.
 *
 * Source: basho/riak rel/files/riak-admin; captures/admin-single/usage.out, bt-usage.out,
 * cluster-usage.out.
 */

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

export const adminUsage: string = text([
  'Usage: riak-admin { cluster | join | leave | backup | restore | test | ',
  '                    reip | reip_manual | erl-reload | wait-for-service | ',
  '                    ringready | transfers | force-remove | down |',
  '                    cluster-info | member-status | ring-status | vnode-status |',
  '                    aae-status | diag | stat | status | transfer-limit | reformat-indexes |',
  '                    top [-interval N] [-sort reductions|memory|msg_q] [-lines N] |',
  '                    downgrade-objects | security | bucket-type | repair-2i |',
  '                    services | ensemble-status | handoff | set |',
  '                    show | describe }',
])

export const bucketTypeUsage: string = text([
  'Usage: riak-admin bucket-type <command>',
  '',
  'The follow commands can be used to manage bucket types for the cluster:',
  '',
  '   list                           List all bucket types and their activation status',
  '   status <type>                  Display the status and properties of a type',
  '   activate <type>                Activate a type',
  '   create <type> <json>           Create or modify a type before activation',
  '   update <type> <json>           Update a type after activation',
  '',
])

export const clusterUsage: string = text([
  'Usage: riak-admin cluster <command>',
  '',
  'The following commands stage changes to cluster membership. These commands',
  'do not take effect immediately. After staging a set of changes, the staged',
  'plan must be committed to take effect:',
  '',
  '   join <node>                     Join node to the cluster containing <node>',
  '   leave                           Have this node leave the cluster and shutdown',
  '   leave <node>                    Have <node> leave the cluster and shutdown',
  '',
  '   force-remove <node>             Remove <node> from the cluster without',
  '                                   first handing off data. Designed for',
  '                                   crashed, unrecoverable nodes',
  '',
  '   replace <node1> <node2>         Have <node1> transfer all data to <node2>,',
  '                                   and then leave the cluster and shutdown',
  '',
  '   force-replace <node1> <node2>   Reassign all partitions owned by <node1> to',
  '                                   <node2> without first handing off data, and',
  '                                   remove <node1> from the cluster.',
  '    ',
  '   location <location_name>        Assign a location to the current node',
  '',
  'Staging commands:',
  '   plan                            Display the staged changes to the cluster',
  '   commit                          Commit the staged changes',
  '   clear                           Clear the staged changes',
  '',
  'Status and information commands:',
  '   status                          Display a concise summary of node membership',
  '                                   availability and ring ownership.',
  '',
  '   partitions [--node=<node>]      Print primary, secondary and stopped',
  '                                   partition indices and ids for the current',
  '                                   node, or for the specified node.',
  '',
  '   partition-count [--node=<node>] Print the cluster-wide number of',
  '                                   partitions or the number of partitions',
  '                                   on the specified node.',
  '',
  '   partition id=<id>               Convert the given partition id to the',
  '                                   matching index.',
  '',
  '   partition index=<index>         Convert the given partition index to',
  '                                   the matching id.',
  '',
  '',
])

export const waitForServiceUsage: string = text([
  'Usage: riak-admin wait-for-service <service_name> [<target_node>]',
])
