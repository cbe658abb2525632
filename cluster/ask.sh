#!/bin/sh
# How the scripts of this folder ask Riak; they read this file, it is not run by itself.
#
#   RIAK_ADMIN              the words that start riak-admin on one node of the cluster (riak-admin):
#                           'riak admin' · riak-admin · '/opt/riak/bin/riak admin' ·
#                           'docker exec riak1 riak admin' · 'ssh riak1 riak-admin' · 'sudo riak admin'
#   RIAK_ADMIN_SECOND_SHELL yes where a shell on the way reads the words once more, as ssh does; no where
#                           none does. Without it: yes if the first word is ssh.
#   RIAK_TIMEOUT_S          how long one answer may take (120)
#
# riak-admin of Riak 3.2 exits 0 even on errors, and prints the error's text where others print an answer:
# it is judged by what it says. No answer, or none in time, is an answer, too: one that says so.
#
# Its text comes through only where the node's scripts use nodetool; those of Riak 3.2 on OTP 23 and later
# use erl_call, which drops it and cannot read JSON. USE_NODETOOL=1 in the environment of `riak` changes
# that, and is set here: for the scripts below, and by `env` behind ssh, docker and sudo.

RIAK_ADMIN=${RIAK_ADMIN:-riak-admin}
riak_timeout_s=${RIAK_TIMEOUT_S:-120}
case $riak_timeout_s in '' | *[!0-9]*)
  echo "RIAK_TIMEOUT_S is a number of seconds, not '$riak_timeout_s'" >&2
  exit 2
  ;;
esac
script=${0##*/}

# What a script says of itself above its first command.
usage_text() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

fail() {
  printf '%s: %s\n' "$script" "$1" >&2
  exit 1
}

# One word as a POSIX shell reads it back.
quoted() {
  case $1 in
    '' | *[!A-Za-z0-9_./:@=-]*)
      printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
      ;;
    *) printf '%s' "$1" ;;
  esac
}

# Sets admin_words, and riak_words: the command `riak` beside it, empty where there is none.
read_admin_words() {
  admin_words=$RIAK_ADMIN
  riak_words=
  set -f
  # shellcheck disable=SC2086 # It is several words.
  set -- $RIAK_ADMIN
  set +f
  [ $# -gt 0 ] || fail 'RIAK_ADMIN is empty'
  case ${1##*/} in ssh) second_shell=yes ;; *) second_shell=no ;; esac
  second_shell=${RIAK_ADMIN_SECOND_SHELL:-$second_shell}

  before=
  while [ $# -gt 2 ]; do
    before="$before$1 "
    shift
  done
  case $* in
    riak' admin' | */riak' admin') riak=$1 admin=' admin' ;;
    *' riak-admin' | *' '*/riak-admin) before="$before$1 " riak=${2%-admin} admin=-admin ;;
    riak-admin | */riak-admin) riak=${1%-admin} admin=-admin ;;
    *) return 0 ;;
  esac
  case " $before" in
    ' ') export USE_NODETOOL=1 ;;
    *' USE_NODETOOL='*) ;;
    *) before="${before}env USE_NODETOOL=1 " ;;
  esac
  admin_words=$before$riak$admin
  riak_words=$before$riak
}

# ask_riak WORDS ARGUMENT…: what it prints, errors with it. Never fails, never prints nothing.
ask_riak() {
  words=$1
  shift
  if [ "$second_shell" = yes ]; then
    for argument; do
      shift
      set -- "$@" "$(quoted "$argument")"
    done
  fi
  set -f
  # shellcheck disable=SC2086 # It is several words.
  set -- $words "$@"
  set +f
  # Standard input may be the list of types: riak-admin must not read from it.
  if command -v timeout >/dev/null 2>&1; then
    answer=$(timeout "$riak_timeout_s" "$@" </dev/null 2>&1) && code=0 || code=$?
  elif command -v perl >/dev/null 2>&1; then
    answer=$(perl -e 'alarm shift; exec @ARGV; exit 127' "$riak_timeout_s" "$@" </dev/null 2>&1) &&
      code=0 || code=$?
  else
    answer=$("$@" </dev/null 2>&1) && code=0 || code=$?
  fi
  case $code in
    # timeout, and SIGALRM: whatever was printed until then is no whole answer.
    124 | 142) printf 'no answer within %s s\n' "$riak_timeout_s" ;;
    *) if [ -n "$answer" ]; then printf '%s\n' "$answer"; else printf 'no answer, exit code %s\n' "$code"; fi ;;
  esac
}

admin() {
  ask_riak "$admin_words" "$@"
}

# riak_eval EXPRESSION: has one node of Riak 3.x evaluate Erlang; ends in a dot.
riak_eval() {
  ask_riak "$riak_words" eval "$1"
}

# The command line that asks riak-admin this, to be pasted into a shell.
command_line() {
  printf '%s' "$RIAK_ADMIN"
  for argument; do
    [ "$second_shell" = no ] || argument=$(quoted "$argument")
    printf ' %s' "$(quoted "$argument")"
  done
  printf '\n'
}

# has_line TEXT LINE: TEXT has this line and no more in it.
has_line() {
  printf '%s\n' "$1" | grep -Fqx -- "$2"
}

# 'node status availability pending' a member, of the table of `cluster status`.
member_rows() {
  printf '%s\n' "$1" | awk -F'|' 'NF >= 7 && $2 ~ /@/ {
    node = $2; gsub(/\([^)]*\)/, "", node); gsub(/ /, "", node)
    for (i = 3; i <= 6; i++) gsub(/ /, "", $i)
    print node, $3, $4, $6
  }'
}

# Ends the script in plain words if riak-admin cannot be asked.
check_admin() {
  answer=$(admin bucket-type list)
  case $answer in
    *'default (active)'*) return 0 ;;
    ok)
      fail "riak-admin answers without text: the scripts of this node use erl_call. Set USE_NODETOOL=1 for them, as in RIAK_ADMIN='env USE_NODETOOL=1 riak admin'"
      ;;
    *'not running'* | *'not responding'*)
      fail "the node that RIAK_ADMIN='$RIAK_ADMIN' asks is not running: start it, or ask another one"
      ;;
  esac
  fail "RIAK_ADMIN='$RIAK_ADMIN' is asked 'bucket-type list' and answers: $answer"
}

read_admin_words
