#!/bin/sh
# Creates and activates on a Riak cluster the bucket types that Ringpost needs, and compares those that
# are there. Safe to run again.
#
#   npx ringpost riak bucket-types | cluster/bucket-types.sh [--apply]
#   npx ringpost riak bucket-types | RIAK_ADMIN='docker exec riak1 riak admin' cluster/bucket-types.sh
#   npx ringpost riak bucket-types | RIAK_ADMIN='ssh riak1 riak-admin' cluster/bucket-types.sh
#
# Standard input: one type a line, its name, a space, {"props":{…}}. Once, on any one node of the cluster.
# A property that differs is named, with the command that would change it, and is left as it is; --apply
# runs these commands. Never changed: n_val (the copies of what is stored would not move) and datatype
# (Riak fixes it).
#
# RIAK_ADMIN: the words that start riak-admin (see ask.sh). RIAK_WAIT_S: how long all members may take to
# hear of a new type (60). Exit code: 0 all types are as they must be, 1 not so, 2 called wrongly.
set -eu
. "$(dirname "$0")/ask.sh"

wait_s=${RIAK_WAIT_S:-60}
apply=no
for argument; do
  case $argument in
    --apply) apply=yes ;;
    -h | --help) usage_text && exit 0 ;;
    *) usage_text >&2 && exit 2 ;;
  esac
done

seen=0
differ=0

# wanted_props JSON: 'name value' a line.
wanted_props() {
  inner=$(printf '%s' "$1" | sed 's/^{"props":{\(.*\)}}$/\1/')
  case $inner in '' | *[][{}\ ]*) fail "these are not the properties of a type: $1" ;; esac
  printf '%s\n' "$inner" | tr ',' '\n' | sed 's/^"\([^"]*\)":/\1 /'
}

# wait_active TYPE: every member must have heard of a type before it may be activated.
wait_active() {
  waited=0
  while :; do
    answer=$(admin bucket-type activate "$1")
    if has_line "$answer" "$1 has been activated"; then return 0; fi
    case $answer in *'cannot be activated yet'*) ;; *) fail "$1 cannot be activated: $answer" ;; esac
    [ "$waited" -lt "$wait_s" ] ||
      fail "$1 was created, but after $wait_s s not every member knows of it, and it cannot be activated: is a node down? cluster/health.sh says which; then run this again"
    waited=$((waited + 1))
    sleep 1
  done
}

# says_done VERB TYPE JSON: create, or update; ends the script where Riak does not say that it is done.
# Of a type that is not active yet, Riak takes the properties anew.
says_done() {
  answer=$(admin bucket-type "$1" "$2" "$3")
  case $answer in
    *"$2 ${1%e}ed"*) ;;
    *'invalid json'* | *'Failed to parse arguments'* | *function_clause*)
      fail "on the way to Riak the quotes of $3 are lost: set RIAK_ADMIN_SECOND_SHELL=yes (or no) for RIAK_ADMIN='$RIAK_ADMIN'. It answered: $answer"
      ;;
    *) fail "bucket-type $1 $2: $answer" ;;
  esac
}

# what_differs TYPE STATUS JSON: 'name is must' a line, where they are not the same.
what_differs() {
  wanted_props "$3" | while read -r name must; do
    must=${must#\"}
    must=${must%\"}
    is=$(printf '%s\n' "$2" | sed -n "s/^$name: //p" | sed 's/^<<"\(.*\)">>$/\1/;q')
    [ "$is" = "$must" ] || printf '%s %s %s\n' "$name" "${is:-unset}" "$must"
  done
}

# changes DIFFERENCES: those that may be changed, as {"props":{…}}; nothing where there are none.
changes() {
  printf '%s\n' "$1" | while read -r name is must; do
    case $name in n_val | datatype) continue ;; esac
    case $must in true | false | *[0-9]) ;; *) must="\"$must\"" ;; esac
    printf ',"%s":%s' "$name" "$must"
  done | sed 's/^,\(.*\)$/{"props":{\1}}/'
}

report() {
  printf '%s\n' "$2" | while read -r name is must; do
    echo "$1: $name is $is, must be $must" >&2
    case $name in
      n_val)
        echo "  not to be changed while the type has data: the copies that are stored would not move. Write the blog to a cluster whose type is right" >&2
        ;;
      datatype) echo '  fixed by Riak when the type is activated. Take a cluster whose type is right' >&2 ;;
    esac
  done
}

# compare TYPE STATUS JSON: reports, and with --apply changes, what differs of an active type.
compare() {
  differences=$(what_differs "$1" "$2" "$3")
  if [ -z "$differences" ]; then
    echo "$1 is active, as it must be"
    return 0
  fi
  report "$1" "$differences"
  props=$(changes "$differences")
  if [ -n "$props" ] && [ "$apply" = yes ]; then
    says_done update "$1" "$props"
    echo "$1 was changed: $props"
    differences=$(what_differs "$1" "$(admin bucket-type status "$1")" "$3")
    [ -z "$differences" ] || report "$1" "$differences"
  elif [ -n "$props" ]; then
    { printf '  to change it: ' && command_line bucket-type update "$1" "$props"; } >&2
  fi
  [ -z "$differences" ] || differ=$((differ + 1))
}

check_admin
while read -r type props; do
  [ -n "$type" ] || continue
  wanted_props "$props" >/dev/null
  status=$(admin bucket-type status "$type")
  if has_line "$status" "$type is active"; then
    compare "$type" "$status" "$props"
  else
    case $status in
      *"$type is not an existing bucket type"* | *"$type has been created "*) ;;
      *) fail "$type: $status" ;;
    esac
    says_done create "$type" "$props"
    wait_active "$type"
    case $status in
      *"$type has been created "*) echo "$type was there, and is activated now" ;;
      *) echo "$type was created and activated" ;;
    esac
  fi
  seen=$((seen + 1))
done

[ "$seen" -gt 0 ] || fail 'no types on standard input: npx ringpost riak bucket-types | cluster/bucket-types.sh'
[ "$differ" -eq 0 ] || fail "of $seen types $differ differ from what Ringpost needs; --apply changes what may be changed"
