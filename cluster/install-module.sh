#!/bin/sh
# Installs the MapReduce module of Ringpost on every node of a Riak 3.x cluster. Safe to run again.
#
#   RIAK_ADMIN='riak admin' cluster/install-module.sh [--check]
#   RIAK_ADMIN='docker exec riak1 riak admin' cluster/install-module.sh
#
# The source goes to each member through `riak eval` on one node; each compiles it with its own Erlang, puts
# it at the head of its code path, loads it, and runs it once. Jobs that run meanwhile go on. It stays over a
# restart where advanced.config names its folder in add_paths; where it does not, the lines are printed.
# --check changes nothing: exit code 1 if a node has not this module, or would lose it.
#
# Riak 2.x runs these jobs in JavaScript and needs nothing; a node that Ringpost runs itself has them.
#
#   RINGPOST_MODULE_DIR   the folder on the nodes, writable by Riak. Without it: what add_paths names, if
#                         anything, else ringpost in platform_data_dir.
#   RINGPOST_MODULE       the source (mapreduce/ringpost_mapreduce.erl of this checkout)
#   RIAK_ADMIN            the words that start riak-admin (see ask.sh)
set -eu
. "$(dirname "$0")/ask.sh"

module=ringpost_mapreduce
source_file=${RINGPOST_MODULE:-$(dirname "$0")/../mapreduce/$module.erl}
folder=${RINGPOST_MODULE_DIR:-}
verb=install
for argument; do
  case $argument in
    --check) verb=check ;;
    -h | --help) usage_text && exit 0 ;;
    *) usage_text >&2 && exit 2 ;;
  esac
done

# Erlang has texts in double quotes; a path with one, or with a backslash, is none of ours.
case $folder in
  *[\"\\]*) fail "RINGPOST_MODULE_DIR='$folder': no quotes, no backslashes" ;;
  '' | /*) ;;
  *) fail "RINGPOST_MODULE_DIR='$folder' must begin with a slash" ;;
esac

in_base64() {
  if command -v base64 >/dev/null 2>&1; then base64; else openssl base64; fi | tr -d '\n'
}

# The members, 'node status up|down' a line.
members_expression='
begin
  {ok, Ring} = riak_core_ring_manager:get_my_ring(),
  IsUp = fun(N) -> N =:= node() orelse net_adm:ping(N) =:= pong end,
  [io:format("member ~s ~s ~s~n", [N, S, case IsUp(N) of true -> up; false -> down end])
   || {N, S} <- riak_core_ring:all_member_status(Ring)],
  done
end.'

# On one node: Node, Verb, Folder and Source are put in front of it. Next is what add_paths will say after
# a restart, Now what it says: where security is on, Riak calls only modules from there.
module_expression='
  M = ringpost_mapreduce,
  Bytes = zlib:gunzip(base64:decode(Source)),
  <<Number:256>> = crypto:hash(sha256, Bytes),
  Hash = lists:flatten(io_lib:format("~64.16.0b", [Number])),
  Call = fun(Mod, Fun, Args) ->
    case rpc:call(Node, Mod, Fun, Args, 60000) of {badrpc, Why} -> throw(Why); Value -> Value end
  end,
  Env = fun(App, Key, Default) ->
    case Call(application, get_env, [App, Key]) of {ok, Value} -> Value; undefined -> Default end
  end,
  Abs = fun(Path) -> Call(filename, absname, [Path]) end,
  Config = filename:join(Abs(Env(riak_core, platform_etc_dir, "/etc/riak")), "advanced.config"),
  PathsOf = fun(Terms) ->
    Kv = proplists:get_value(riak_kv, Terms, []),
    [Abs(P) || P <- proplists:get_value(add_paths, Kv, [])]
  end,
  Now = [Abs(P) || P <- Env(riak_kv, add_paths, [])],
  {Known, Next} = case Call(file, consult, [Config]) of
    {ok, [Terms]} -> {true, PathsOf(Terms)};
    {ok, _} -> {true, []};
    {error, enoent} -> {true, []};
    {error, _} -> {false, Now}
  end,
  Dir = case {Folder, [P || P <- Next ++ Now, filename:basename(P) =:= "ringpost"], Next} of
    {[_ | _], _, _} -> Folder;
    {_, [Ours | _], _} -> Ours;
    {_, _, [First | _]} -> First;
    _ -> filename:join(Abs(Env(riak_core, platform_data_dir, "/var/lib/riak")), "ringpost")
  end,
  Beam = filename:join(Dir, "ringpost_mapreduce.beam"),
  OnDisk = fun() ->
    case Call(beam_lib, chunks, [Beam, [attributes]]) of
      {ok, {M, [{attributes, Attributes}]}} -> proplists:get_value(ringpost_source, Attributes, other);
      _ -> none
    end
  end,
  Loaded = fun() ->
    case Call(code, ensure_loaded, [M]) of
      {module, M} ->
        proplists:get_value(ringpost_source, Call(M, module_info, [attributes]), other);
      {error, _} -> none
    end
  end,
  Works = fun() ->
    Rows = [[<<"b">>, 1, 1], [<<"a">>, 1, 1], [<<"b">>, 1, 1]],
    Call(M, reduce_rows, [Rows, none]) =:= [[<<"a">>, 1, 1], [<<"b">>, 1, 1]]
  end,
  Has = fun() ->
    Loaded() =:= Hash andalso OnDisk() =:= Hash andalso Call(code, which, [M]) =:= Beam
      andalso Works()
  end,
  Must = fun(_, ok) -> ok; (_, {ok, _}) -> ok; (_, true) -> ok; (_, {module, _}) -> ok;
            (What, Answer) -> throw({What, Answer}) end,
  Purge = fun(_, 0) -> throw(old_jobs_still_run);
             (Again, Times) ->
               case Call(code, soft_purge, [M]) of
                 true -> ok;
                 false -> timer:sleep(500), Again(Again, Times - 1)
               end
          end,
  Install = fun() ->
    File = filename:join(Dir, "ringpost_mapreduce.erl"),
    Line = <<"-module(ringpost_mapreduce).">>,
    Mark = iolist_to_binary([Line, " -ringpost_source(\"", Hash, "\")."]),
    Must({make_folder, Dir}, Call(filelib, ensure_dir, [File])),
    Must({write, File}, Call(file, write_file, [File, binary:replace(Bytes, Line, Mark)])),
    case Call(compile, file, [File, [return, {outdir, Dir}]]) of
      {ok, M, _} -> ok;
      Failed -> throw({compile, Failed})
    end,
    Must({add_path, Dir}, Call(code, add_patha, [Dir])),
    Purge(Purge, 20),
    Must(load, Call(code, load_file, [M])),
    Call(code, soft_purge, [M])
  end,
  Allow = fun() ->
    lists:member(Dir, Now) orelse Call(application, set_env, [riak_kv, add_paths, Now ++ [Dir]])
  end,
  Before = (catch Loaded()),
  State = (catch case {Has(), Verb} of
    {true, check} -> has;
    {true, install} -> Allow(), has;
    {false, check} when Before =:= none -> missing;
    {false, check} -> other;
    {false, install} ->
      Install(),
      Allow(),
      case Has() of
        true when Before =:= none -> installed;
        true -> replaced;
        false -> throw({not_loaded_from, Beam, Call(code, which, [M])})
      end
  end),
  io:format("state ~s ~0p~n", [Node, State]),
  io:format("at ~s ~s~n", [Hash, Dir]),
  io:format("erlang ~s~n", [Call(erlang, system_info, [otp_release])]),
  io:format("mode ~s~n", [Call(code, get_mode, [])]),
  Kept = case lists:member(Dir, Next) of Is when Known -> Is; _ -> unknown end,
  io:format("kept ~s ~s~n", [Kept, Config]),
  done
end.'

# A job over keys that nobody wrote, on whichever nodes hold them: one row a key if all nodes have it.
job_expression='
begin
  Bucket = {<<"default">>, <<"ringpost module check">>},
  Keys = [{{Bucket, integer_to_binary(N)}, integer_to_binary(N)} || N <- lists:seq(1, 256)],
  Map = {map, {modfun, ringpost_mapreduce, map_posts}, [<<"default">>, <<"ringpost module check">>], true},
  case riak_kv_mrc_pipe:mapred(Keys, [Map], 60000) of
    {ok, Rows} -> io:format("job ~b rows~n", [length(lists:usort(Rows))]);
    Other -> io:format("job failed: ~0P~n", [Other, 12])
  end,
  done
end.'

# value TEXT WORD: what follows WORD at the head of a line.
value() {
  printf '%s\n' "$1" | sed -n "s/^$2 //p" | head -n 1
}

# ask_node NODE: its lines.
ask_node() {
  riak_eval "begin Node = '$1', Verb = $verb, Folder = \"$folder\", Source = \"$source\", $module_expression"
}

# advise NODE: says what a restart would lose, and what keeps it.
advise() {
  if [ "$kept" = unknown ]; then
    lost=$((lost + 1))
    echo "$1: Riak cannot read $config: see to it that add_paths of riak_kv names $dir there" >&2
  fi
  if [ "$kept" = false ]; then
    lost=$((lost + 1))
    cat >&2 <<EOF
$1: a restart would lose it. In $config, in the list of riak_kv (or as a list of its own):
  {riak_kv, [{add_paths, ["$dir"]}]}
EOF
  fi
  if [ "$mode" = embedded ]; then
    lost=$((lost + 1))
    cat >&2 <<EOF
$1: it was started in embedded mode, as 'riak foreground' and 'riak console' do: Erlang then loads nothing
  later than at the start, and add_paths alone does not bring the module back after a restart. Put
  CODE_LOADING_MODE=interactive into the environment it is started in; or run this script after each start.
EOF
  fi
}

# install_on NODE: reports, and counts in wrong what is not as it must be.
install_on() {
  answer=$(ask_node "$1")
  state=$(value "$answer" "state $1")
  at=$(value "$answer" at)
  dir=${at#* }
  kept=$(value "$answer" kept)
  config=${kept#* }
  kept=${kept%% *}
  mode=$(value "$answer" mode)
  told="module ${at%"${at#????????????}"} in $dir, OTP $(value "$answer" erlang)"
  case $state in
    has) echo "$1: has it ($told)" ;;
    installed) echo "$1: installed ($told)" ;;
    replaced) echo "$1: another version was replaced ($told)" ;;
    missing) wrong=$((wrong + 1)) && echo "$1: has no module $module" >&2 && return 0 ;;
    other) wrong=$((wrong + 1)) && echo "$1: has another version of $module, or in another folder than $dir" >&2 && return 0 ;;
    *eacces*)
      wrong=$((wrong + 1))
      echo "$1: Riak may not write to $dir: make it writable by the user that runs Riak, or set RINGPOST_MODULE_DIR" >&2
      return 0
      ;;
    old_jobs_still_run)
      wrong=$((wrong + 1))
      echo "$1: jobs with an older version have run for 10 s: run this again when they are done" >&2
      return 0
      ;;
    *) wrong=$((wrong + 1)) && echo "$1: ${state:-$answer}" >&2 && return 0 ;;
  esac
  advise "$1"
}

# The cases in which there is nothing to install.
check_version() {
  status=$(admin status)
  case $status in
    *'sys_system_version'*'Ringpost'*)
      echo 'This node is run by Ringpost and has the module built in: nothing to install.'
      exit 0
      ;;
    *'sys_system_version'*'Erlang R1'*)
      echo 'This is Riak 2.x: its jobs are in JavaScript, sent with each job. Nothing to install.'
      exit 0
      ;;
    *sys_system_version*) ;;
    *) fail "riak-admin status: $(printf '%s' "$status" | head -n 3)" ;;
  esac
}

check_admin
check_version
[ -r "$source_file" ] || fail "no module source at $source_file (RINGPOST_MODULE)"
[ -n "$riak_words" ] ||
  fail "RIAK_ADMIN='$RIAK_ADMIN' does not end in 'riak admin' or 'riak-admin', so it is not known how to call 'riak eval'"
source=$(gzip -9c "$source_file" | in_base64)

members=$(riak_eval "$members_expression")
nodes=$(printf '%s\n' "$members" | sed -n 's/^member //p')
[ -n "$nodes" ] || fail "'$riak_words eval' answers: $members"

wrong=0
lost=0
while read -r node status reached; do
  if [ "$reached" = down ]; then
    wrong=$((wrong + 1))
    echo "$node ($status): does not answer; run this again when it is back, or when it has left" >&2
  else
    install_on "$node"
  fi
done <<EOF
$nodes
EOF

[ "$wrong" -eq 0 ] || fail "$wrong of the members have not this module; jobs fail on them, and Ringpost reads without jobs meanwhile"
job=$(value "$(riak_eval "$job_expression")" job)
[ "$job" = '256 rows' ] || fail "a job with the module over 256 keys: ${job:-no answer}"
echo 'A job with it ran on the whole cluster.'
if [ "$verb" = check ] && [ "$lost" -gt 0 ]; then fail 'not every node keeps it over a restart'; fi
