#!/bin/sh
# Creates and activates on a Riak cluster the bucket types that Ringpost needs; safe to run again.
#
#   npx ringpost riak bucket-types | cluster/bucket-types.sh
#   npx ringpost riak bucket-types | RIAK_ADMIN='docker compose exec -T riak1 riak-admin' cluster/bucket-types.sh
#
# Standard input: one type a line, its name, a space, {"props":{…}}. Once, on any one node of the cluster.
# riak-admin of Riak 3.2 exits 0 even on errors, so it is judged by what it says.
set -eu

# Left unquoted below: it may be several words.
admin=${RIAK_ADMIN:-riak-admin}
made=0

says() {
  # Standard input is the list of types: riak-admin must not read from it.
  $admin bucket-type "$@" </dev/null 2>&1 || true
}

fail() {
  echo "bucket-types.sh: $1" >&2
  exit 1
}

while read -r type props; do
  [ -n "$type" ] || continue
  status=$(says status "$type")
  case $status in
    *"$type is active"*)
      # A data type's kind is fixed for good; asking for it again is refused.
      changeable=$(printf '%s' "$props" | sed 's/,"datatype":"[a-z]*"//')
      answer=$(says update "$type" "$changeable")
      case $answer in *"$type updated"*) echo "$type is active" ;; *) fail "$answer" ;; esac
      made=$((made + 1))
      continue
      ;;
  esac
  answer=$(says create "$type" "$props")
  case $answer in *"$type created"*) ;; *) fail "$answer" ;; esac
  # Every member must have heard of the type before it may be activated.
  tries=0
  while answer=$(says activate "$type"); do
    case $answer in *"$type has been activated"*) break ;; esac
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || fail "$answer"
    sleep 1
  done
  echo "$type was created and activated"
  made=$((made + 1))
done

[ "$made" -gt 0 ] || fail 'no types on standard input: npx ringpost riak bucket-types | cluster/bucket-types.sh'
