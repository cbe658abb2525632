%%% @doc The functions that the jobs of the contract name (`contractModule' of the contract suite), as a
%%% real Riak runs them.
-module(contract_jobs).
-export([rows/3, keys/3, keyData/3, fails/3, count/2, batches/2]).

rows({error, notfound}, _KeyData, Arg) ->
    [[<<"absent">>, null, or_null(Arg)]];
rows(Object, _KeyData, Arg) ->
    Values = lists:sort(riak_object:get_values(Object)),
    [[riak_object:key(Object), Values, or_null(Arg)], [<<"bucket">>, bucket(Object), 1]].

keys({error, notfound}, _KeyData, _Arg) -> [];
keys(Object, _KeyData, _Arg) -> [riak_object:key(Object)].

keyData(_Found, KeyData, _Arg) -> [[<<"data">>, or_null(KeyData), 1]].

fails(_Found, _KeyData, _Arg) -> erlang:error(this_map_fails).

count(Values, _Arg) ->
    [lists:sum([case is_number(Value) of true -> Value; false -> 1 end || Value <- Values])].

batches(Values, _Arg) -> [[length(Values) | Values]].

or_null(undefined) -> null;
or_null(none) -> null;
or_null(Value) -> Value.

bucket(Object) ->
    case riak_object:bucket(Object) of
        {_Type, Bucket} -> Bucket;
        Bucket -> Bucket
    end.
