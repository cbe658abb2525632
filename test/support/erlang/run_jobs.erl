%%% @doc Calls functions of `ringpost_mapreduce' as a Riak node does: one JSON question a line of the
%%% first file, one JSON answer a line of the second. An exception is an answer too: {"failed": text}.
-module(run_jobs).
-export([main/1]).

main([In, Out]) ->
    {ok, Lines} = file:read_file(In),
    Answers = [answer(mochijson2:decode(Line))
               || Line <- binary:split(Lines, <<"\n">>, [global, trim])],
    ok = file:write_file(Out, [[mochijson2:encode(Answer), $\n] || Answer <- Answers]),
    halt(0).

answer({struct, Question}) ->
    try call(proplists:get_value(<<"function">>, Question), Question)
    catch Class:Reason:Stack ->
            {struct, [{failed, iolist_to_binary(io_lib:format("~p ~p ~p", [Class, Reason, Stack]))}]}
    end.

call(<<"reduce_rows">>, Question) ->
    ringpost_mapreduce:reduce_rows(proplists:get_value(<<"values">>, Question), undefined);
call(Name, Question) ->
    Found = found(proplists:get_value(<<"object">>, Question)),
    KeyData = proplists:get_value(<<"keyData">>, Question),
    Arg = proplists:get_value(<<"arg">>, Question),
    apply(ringpost_mapreduce, binary_to_atom(Name, latin1), [Found, KeyData, Arg]).

found({struct, Object}) ->
    Bucket = case [proplists:get_value(Name, Object) || Name <- [<<"type">>, <<"bucket">>]] of
                 [<<"default">>, Name] -> Name;
                 [Type, Name] -> {Type, Name}
             end,
    Key = proplists:get_value(<<"key">>, Object),
    case proplists:get_value(<<"values">>, Object) of
        null -> {error, notfound};
        Values -> riak_object:new(Bucket, Key, [content(Value) || {struct, Value} <- Values])
    end.

content(Value) ->
    Kept = [{<<"content-type">>, "application/json"}],
    Deleted = case proplists:get_value(<<"isTombstone">>, Value) of
                  true -> [{<<"X-Riak-Deleted">>, "true"}];
                  false -> []
              end,
    {dict:from_list(Kept ++ Deleted), base64:decode(proplists:get_value(<<"base64">>, Value))}.
