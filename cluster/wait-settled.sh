#!/bin/sh
# Waits until a Riak cluster is quiet again: every member up, the ring agreed, no partition to move, no copy on
# its way. Between any two steps of "one node at a time"; the next step may then take a node away.
#
#   RIAK_ADMIN='riak admin' cluster/wait-settled.sh
#
# Looks every 5 s, and wants to see it three times: a node that has just come back shows nothing to be handed
# over until its parts have started. Says what it waits for, whenever that changes.
#
#   RIAK_ADMIN     the words that start riak-admin (see ask.sh)
#   RIAK_WAIT_S    how long to wait at most (3600)
#   RIAK_LOOK_S    how long between two looks (5)
#
# Exit code: 0 settled, 1 not in time, 2 called wrongly.
set -eu
. "$(dirname "$0")/ask.sh"

wait_s=${RIAK_WAIT_S:-3600}
look_s=${RIAK_LOOK_S:-5}
case ${1:-} in
  '') ;;
  -h | --help) usage_text && exit 0 ;;
  *) usage_text >&2 && exit 2 ;;
esac

# What it waits for, one line; empty: nothing.
unsettled() {
  answer=$(admin cluster status)
  rows=$(member_rows "$answer")
  [ -n "$rows" ] || { printf 'cluster status: %s\n' "$answer" | head -n 1; return 0; }
  not_there=$(printf '%s\n' "$rows" | awk '$2 != "valid" || $3 != "up" { printf "%s is %s, %s; ", $1, $2, $3 }')
  [ -z "$not_there" ] || { echo "$not_there"; return 0; }
  moving=$(printf '%s\n' "$rows" | awk '$4 != "--" { printf "%s is to own %s %%; ", $1, $4 }')
  [ -z "$moving" ] || { echo "$moving"; return 0; }
  answer=$(admin ringready)
  case $answer in 'TRUE '*) ;; *) printf '%s\n' "$answer" | head -n 1; return 0 ;; esac
  answer=$(admin transfers)
  waiting=$(printf '%s\n' "$answer" | grep -e 'waiting to handoff' -e 'primary partitions running' || true)
  [ -z "$waiting" ] || { printf '%s\n' "$waiting" | paste -s -d ';' -; return 0; }
  case $answer in *'No transfers active'*) ;; *) printf 'transfers: %s\n' "$answer" | head -n 1 ;; esac
}

start=$(date +%s)
quiet=0
last=
while :; do
  what=$(unsettled)
  if [ -z "$what" ]; then
    quiet=$((quiet + 1))
    if [ "$quiet" -ge 3 ]; then
      echo "settled after $(($(date +%s) - start)) s"
      exit 0
    fi
  else
    quiet=0
    [ "$what" = "$last" ] || echo "waiting: $what"
    last=$what
  fi
  [ "$(($(date +%s) - start))" -lt "$wait_s" ] || fail "not settled after $wait_s s: ${what:-it is quiet, but not for long enough}"
  sleep "$look_s"
done
