%%% @doc Stands in for Riak's module of this name, in tests only: the three accessors that jobs use, over
%%% a value of our own. Contents are pairs of metadata (a dict, as Riak's) and value.
-module(riak_object).
-export([new/3, bucket/1, key/1, get_contents/1]).

%% Bucket: a binary, or {Type, Name}.
new(Bucket, Key, Contents) -> {stored, Bucket, Key, Contents}.

bucket({stored, Bucket, _Key, _Contents}) -> Bucket.

key({stored, _Bucket, Key, _Contents}) -> Key.

get_contents({stored, _Bucket, _Key, Contents}) -> Contents.
