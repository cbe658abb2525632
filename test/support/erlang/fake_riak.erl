%%% @doc One node of Riak for `riak eval', as far as cluster/install-module.sh asks it: a fresh virtual
%%% machine each time, which finds modules where that node, installed to so far, would.
%%%
%%% Environment: EXPRESSION; NODE_FOLDER with `etc' and `data'; MEMBERS, further nodes, none of them up.
-module(fake_riak).

-export([main/0]).
%% In place of riak_core_ring_manager, riak_core_ring and riak_kv_mrc_pipe.
-export([get_my_ring/0, all_member_status/1, mapred/3]).

main() ->
    Folder = os:getenv("NODE_FOLDER"),
    Etc = filename:join(Folder, "etc"),
    ok = application:set_env(riak_core, platform_etc_dir, Etc),
    ok = application:set_env(riak_core, platform_data_dir, filename:join(Folder, "data")),
    Paths = case file:consult(filename:join(Etc, "advanced.config")) of
                {ok, [Config]} -> proplists:get_value(add_paths, proplists:get_value(riak_kv, Config));
                {error, enoent} -> []
            end,
    ok = application:set_env(riak_kv, add_paths, Paths),
    %% A node that was not restarted still has what was added to its path by hand.
    ok = code:add_paths(Paths ++ [filename:join([Folder, "data", "ringpost"])]),
    {ok, Tokens, _} = erl_scan:string(os:getenv("EXPRESSION")),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = erl_eval:exprs(Expressions, []),
    io:format("~p~n", [Value]),
    halt().

get_my_ring() ->
    {ok, [node() | [list_to_atom(Name) || Name <- string:tokens(os:getenv("MEMBERS", ""), " ")]]}.

all_member_status(Members) ->
    [{Member, valid} || Member <- Members].

mapred(Inputs, [{map, {modfun, Module, Function}, Arg, true}], _TimeoutMs) ->
    {ok, lists:append([Module:Function({error, notfound}, KeyData, Arg)
                       || {{_Bucket, _Key}, KeyData} <- Inputs])}.
