#!/bin/sh
# Loads the functions of the contract's jobs on every node of a Riak 3.x cluster, into memory alone, or
# takes them away again.
#
#   RIAK_ADMIN='riak admin' test/live/contract-jobs.sh load|unload
#
# Exit code: 0 done, 1 not so, 2 called wrongly.
set -eu
# shellcheck source=../../cluster/ask.sh
. "$(dirname "$0")/../../cluster/ask.sh"

# Each node compiles what it loads: releases of Erlang differ.
load_expression='
  {ok, Tokens, _} = erl_scan:string(binary_to_list(base64:decode(Source))),
  Split = fun(_, [], []) -> [];
             (Again, [{dot, _} = Dot | Rest], Form) ->
               [lists:reverse([Dot | Form]) | Again(Again, Rest, [])];
             (Again, [Token | Rest], Form) -> Again(Again, Rest, [Token | Form])
          end,
  Forms = [begin {ok, Form} = erl_parse:parse_form(Each), Form end
           || Each <- Split(Split, Tokens, [])],
  {ok, M, Beam} = compile:forms(Forms),
  [rpc:call(Node, code, purge, [M]) || Node <- Nodes],
  Answers = [rpc:call(Node, code, load_binary, [M, "contract_jobs.erl", Beam]) || Node <- Nodes],
  io:format("done ~p~n", [lists:all(fun(Answer) -> Answer =:= {module, M} end, Answers)]),
  done
end.'
unload_expression='
  [{rpc:call(Node, code, delete, [contract_jobs]), rpc:call(Node, code, purge, [contract_jobs])}
   || Node <- Nodes],
  Loaded = [Node || Node <- Nodes, rpc:call(Node, code, is_loaded, [contract_jobs]) =/= false],
  io:format("done ~p~n", [Loaded =:= []]),
  done
end.'

case $* in
  load)
    source=$(base64 <"$(dirname "$0")/contract_jobs.erl" | tr -d '\n')
    expression="Source = <<\"$source\">>, $load_expression"
    ;;
  unload) expression=$unload_expression ;;
  *) usage_text >&2 && exit 2 ;;
esac
[ -n "$riak_words" ] || fail "RIAK_ADMIN='$RIAK_ADMIN' has no 'riak eval' beside it"
answer=$(riak_eval "begin Nodes = [node() | nodes()], $expression")
has_line "$answer" 'done true' || fail "$* on every node: $answer"
