#!/bin/sh
# Says whether a Riak cluster is as a blog needs it, and what to do where it is not. Changes nothing.
#
#   RIAK_ADMIN='riak admin' cluster/health.sh
#   RIAK_ADMIN='ssh riak1 riak-admin' cluster/health.sh
#
# Asks one node for members, ring, transfers; through `riak eval` on Riak 3.x each member for its version,
# services, backend, disk, anti-entropy, siblings and clock; elsewhere only the node that is asked.
#
#   RIAK_ADMIN             the words that start riak-admin (see ask.sh)
#   RIAK_DISK_PERCENT      from here on a disk is too full (80)
#   RIAK_SIBLINGS          from here on an object has too many siblings (10)
#   RIAK_CLOCK_MS          from here on a clock is too far off (1000)
#
# Exit code: 0 healthy, 1 something was found, 2 called wrongly.
set -eu
. "$(dirname "$0")/ask.sh"

disk_percent_max=${RIAK_DISK_PERCENT:-80}
siblings_max=${RIAK_SIBLINGS:-10}
clock_ms_max=${RIAK_CLOCK_MS:-1000}
object_bytes_max=2000000
case ${1:-} in
  '') ;;
  -h | --help) usage_text && exit 0 ;;
  *) usage_text >&2 && exit 2 ;;
esac

findings=0
found() {
  findings=$((findings + 1))
  printf '! %s\n' "$1"
}

# judge_member NODE STATUS AVAILABILITY PENDING
judge_member() {
  case $2 in
    valid | down) ;;
    joining) found "$1 is to join, but that is not committed: riak admin cluster plan, then commit; or clear, which stops it" ;;
    *) found "$1 is $2: wait for its end before anything else (cluster/wait-settled.sh)" ;;
  esac
  # member-status and the ring say "valid" of a dead node, too: only this column tells.
  case $3 in
    up) ;;
    'down!') found "$1 does not answer. Start it (riak start); if it is gone for good, replace it (cluster/README.md)" ;;
    down) found "$1 is marked as down. Start it (riak start), and the mark goes; or replace it (cluster/README.md)" ;;
    'up!') found "$1 answers though it is marked as down: the mark goes within a minute" ;;
    *) found "$1 is '$3' to the others" ;;
  esac
  [ "$4" = -- ] || found "$1 is to own $4 % of the ring: partitions are moving, wait (cluster/wait-settled.sh)"
}

look_at_members() {
  answer=$(admin cluster status)
  rows=$(member_rows "$answer")
  if [ -z "$rows" ]; then
    found "riak-admin cluster status answers: $answer"
    return 0
  fi
  has_line "$answer" 'Ring ready: true' || found 'the members do not agree on the ring yet: wait; if it stays, look at riak admin ring-status'
  count=0
  while read -r node status available pending; do
    count=$((count + 1))
    judge_member "$node" "$status" "$available" "$pending"
  done <<EOF
$rows
EOF
  echo "members: $count"
  if [ "$count" -lt 5 ] && [ "$count" -gt 1 ]; then
    echo '  (with fewer than five, some keys have two of their three copies on one node)'
  fi
}

look_at_ring() {
  answer=$(admin ringready)
  case $answer in
    'TRUE '*) ;;
    # Who is down was said above.
    'FALSE '*' down.'*) ;;
    *) found "riak-admin ringready answers: $answer" ;;
  esac
}

look_at_transfers() {
  answer=$(admin transfers)
  waiting=$(printf '%s\n' "$answer" | grep -e 'waiting to handoff' -e 'primary partitions running' || true)
  if [ -n "$waiting" ]; then
    found "copies are on their way, reads may miss what is stored until they have arrived; wait (cluster/wait-settled.sh):"
    printf '%s\n' "$waiting" | sed 's/^/    /'
  else
    case $answer in
      *'No transfers active'*) echo 'transfers: none' ;;
      *'are currently down'*) ;;
      *) found "riak-admin transfers answers: $answer" ;;
    esac
  fi
}

nodes_expression='
begin
  {ok, Ring} = riak_core_ring_manager:get_my_ring(),
  Ask = fun(Node) ->
    Call = fun(Mod, Fun, Args) ->
      case rpc:call(Node, Mod, Fun, Args, 20000) of {badrpc, Why} -> throw(Why); Value -> Value end
    end,
    Env = fun(App, Key, Default) ->
      case Call(application, get_env, [App, Key]) of {ok, Value} -> Value; undefined -> Default end
    end,
    {_, Version} = Call(init, script_id, []),
    Data = Call(filename, absname, [Env(riak_core, platform_data_dir, "/")]),
    Disk = [{length(Mount), Percent} || {Mount, _, Percent} <- Call(disksup, get_disk_data, []), lists:prefix(Mount, Data)],
    {_, Full} = lists:max([{0, 0} | Disk]),
    Classic = case Env(riak_kv, anti_entropy, {off, []}) of {on, _} -> on; _ -> off end,
    Aae = case {Env(riak_kv, tictacaae_active, passive), Classic} of
      {active, _} -> tictac; {_, on} -> classic; _ -> none
    end,
    Stats = Call(riak_kv_status, get_stats, [console]),
    Stat = fun(Key) -> proplists:get_value(Key, Stats, 0) end,
    Before = os:system_time(millisecond),
    There = Call(os, system_time, [millisecond]),
    After = os:system_time(millisecond),
    io:format("node ~s version ~s~n", [Node, Version]),
    io:format("node ~s otp ~s~n", [Node, Call(erlang, system_info, [otp_release])]),
    io:format("node ~s backend ~s~n", [Node, Env(riak_kv, storage_backend, none)]),
    io:format("node ~s services ~0p~n", [Node, riak_core_node_watcher:services(Node)]),
    io:format("node ~s disk ~b~n", [Node, Full]),
    io:format("node ~s aae ~s~n", [Node, Aae]),
    io:format("node ~s siblings ~p~n", [Node, Stat(node_get_fsm_siblings_100)]),
    io:format("node ~s object ~p~n", [Node, Stat(node_get_fsm_objsize_100)]),
    io:format("node ~s clock ~b~n", [Node, There - (Before + After) div 2])
  end,
  [case N =:= node() orelse net_adm:ping(N) =:= pong of
     true -> case (catch Ask(N)) of ok -> ok; Why -> io:format("node ~s failed ~0P~n", [N, Why, 9]) end;
     false -> ok
   end || {N, _} <- riak_core_ring:all_member_status(Ring)],
  done
end.'

# The same of the one node that is asked, out of `riak-admin status` and `services`: 2.x, and our own.
node_lines() {
  answer=$(admin status)
  node=$(printf '%s\n' "$answer" | sed -n "s/^nodename : '\{0,1\}\([^']*\)'\{0,1\}$/\1/p")
  if [ -z "$node" ]; then
    echo "node ? failed $(printf '%s' "$answer" | head -n 3 | tr '\n' ' ')"
    return 0
  fi
  # {"/data",264212084,26}: mount, KiB, percent. The first stands behind "disk : [".
  full=$(printf '%s\n' "$answer" | sed -n 's/^disk : \[/ /; s/^ *{"\(\/[^"]*\)",[0-9]*,\([0-9]*\)}.*/\1 \2/p' |
    awk '$1 !~ /^\/(dev|sys|proc|run|boot|snap)/ && $2 > most { most = $2 } END { print most }')
  printf '%s\n' "$answer" | sed -n "
    s/^storage_backend : /node $node backend /p
    s/^sys_system_version : <<\"\(.*\)\">>$/node $node version \1/p
    s/^node_get_fsm_siblings_100 : /node $node siblings /p
    s/^node_get_fsm_objsize_100 : /node $node object /p"
  echo "node $node disk $full"
  echo "node $node services $(admin services)"
}

# of NODE KEY
of() {
  printf '%s\n' "$lines" | sed -n "s/^node $1 $2 //p" | head -n 1
}

# A number of at least this much; what is no number counts as none.
reaches() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$1" -ge "$2" ]
}

judge_node() {
  node=$1
  failed=$(of "$node" failed)
  if [ -n "$failed" ]; then
    found "$node could not be asked: $failed"
    return 0
  fi
  backend=$(of "$node" backend)
  disk=$(of "$node" disk)
  siblings=$(of "$node" siblings)
  clock=$(of "$node" clock)
  aae=$(of "$node" aae)
  echo "$node: $(of "$node" version), ${backend#riak_kv_}, disk ${disk:-?} % full, siblings at most ${siblings:-?} in a minute${aae:+, anti-entropy $aae}${clock:+, clock $clock ms from the asked node}"
  case $(of "$node" services) in
    *riak_kv*) ;;
    *) found "$node runs no riak_kv: it is starting, or its log says why not (riak admin wait-for-service riak_kv)" ;;
  esac
  case $backend in
    *bitcask*) found "$node stores in bitcask, which has no secondary indexes: storage_backend = leveled (cluster/riak.conf), node by node (README, replace)" ;;
  esac
  ! reaches "$disk" "$disk_percent_max" || found "$node: the disk of its data is $disk % full: add a node or a larger disk before it is 90; a full disk stops the node"
  ! reaches "$siblings" "$siblings_max" || found "$node: an object with $siblings siblings was read: ringpost doctor says which; at 100 Riak refuses writes to it"
  ! reaches "$(of "$node" object)" "$object_bytes_max" || found "$node: an object of $(of "$node" object) bytes was read; Ringpost writes at most 1 MiB, siblings add up: ringpost doctor"
  ! reaches "${clock#-}" "$clock_ms_max" || found "$node: its clock is $clock ms off that of the asked node: is NTP running there?"
  [ "$aae" != none ] || found "$node repairs nothing that is not read: tictacaae_active = active (cluster/riak.conf), then restart"
}

look_at_nodes() {
  lines=
  [ -z "$riak_words" ] || lines=$(riak_eval "$nodes_expression" | grep '^node ' || true)
  [ -n "$lines" ] || lines=$(node_lines)
  for node in $(printf '%s\n' "$lines" | awk '!seen[$2]++ { print $2 }'); do
    judge_node "$node"
  done
  versions=$(printf '%s\n' "$lines" | awk '$3 == "version" { $1 = $2 = $3 = ""; print }' | sort -u | wc -l)
  [ "$versions" -le 1 ] || found 'the members run different versions of Riak: finish the upgrade, one node at a time'
}

check_admin
look_at_members
look_at_ring
look_at_transfers
look_at_nodes
if [ "$findings" -gt 0 ]; then
  echo "not healthy: $findings found"
  exit 1
fi
echo healthy
