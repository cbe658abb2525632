%%% @doc The jobs of Ringpost as an Erlang module, for every node of a Riak KV 3.x cluster.
%%%
%%%   map_posts      every row of a post: its places, its slugs
%%%   map_tags       only places in `tag/...'
%%%   map_months     only places in `all' and `month/...'
%%%   map_threads    every row of a comment
%%%   map_slugs      every claim that stands in an address
%%%   reduce_rows    sorted, each once
%%%
%%% What the rows are, and when a map gives `unresolved' instead, is said by `README.md' and by the
%%% reference, `ringpost-mapreduce.ts': both must give the same for every row of one golden table.
%%%
%%% Invariant: a map never fails and never guesses. Whatever goes wrong on the way to a row, the
%%% answer is one `unresolved' row, which the store reads itself.
%%%
%%% Needs `mochijson2' and `riak_object' of the node, and `crypto'. OTP 22 to 26.
-module(ringpost_mapreduce).

-export([map_posts/3, map_tags/3, map_months/3, map_threads/3, map_slugs/3, reduce_rows/2]).

%% Times that a JavaScript Date can hold, ms.
-define(TIME_MS_MAX, 8640000000000000).
%% The largest whole number that doubles hold exactly.
-define(SAFE_MAX, 9007199254740991).
%% The latest time whose sort key is exact in doubles.
-define(PLACE_MS_MAX, (?SAFE_MAX - ?TIME_MS_MAX)).
%% From here on doubles round to infinity.
-define(BEYOND_DOUBLES, ((1 bsl 1024) - (1 bsl 970))).
%% Deeper values are left to the store: ours are 7 deep.
-define(DEPTH_MAX, 32).
-define(EPOCH_DAYS, 719528).

%% Riak's signature: what was found, the input's key data, the phase's argument. An object that was not
%% found comes without its name: the job sends the key as key data and `[Type, Bucket]' as argument.

map_posts(Found, KeyData, Arg) ->
    map(Found, KeyData, Arg, fun(Json) -> place_rows(Json) ++ claim_rows(Json) end).

map_tags(Found, KeyData, Arg) ->
    map(Found, KeyData, Arg,
        fun(Json) -> [Row || [<<"tag/", _/binary>> | _] = Row <- place_rows(Json)] end).

map_months(Found, KeyData, Arg) ->
    map(Found, KeyData, Arg,
        fun(Json) -> [Row || [Index | _] = Row <- place_rows(Json), is_month(Index)] end).

map_threads(Found, KeyData, Arg) ->
    map(Found, KeyData, Arg, fun comment_rows/1).

map_slugs(Found, KeyData, Arg) ->
    map(Found, KeyData, Arg, fun(Json) -> stored_claim_rows(riak_object:key(Found), Json) end).

is_month(<<"all">>) -> true;
is_month(<<"month/", _/binary>>) -> true;
is_month(_) -> false.

%% Any failure of Rows, shapes that do not match above all, leaves the object to the store.
map(Found, KeyData, Arg, Rows) ->
    try Rows(read_object(only_value(Found)))
    catch _:_ -> [[<<"unresolved">> | location(Found, KeyData, Arg)]]
    end.

location({error, _}, KeyData, Arg) ->
    {Type, Bucket} = case Arg of
                         [T, B] when is_binary(T), is_binary(B) -> {T, B};
                         _ -> {<<>>, <<>>}
                     end,
    Key = case is_binary(KeyData) of true -> KeyData; false -> <<>> end,
    [Type, Bucket, Key];
location(Object, _KeyData, _Arg) ->
    {Type, Bucket} = case riak_object:bucket(Object) of
                         {T, B} -> {T, B};
                         B -> {<<"default">>, B}
                     end,
    [Type, Bucket, riak_object:key(Object)].

%% Of siblings, or of a tombstone, one replica cannot tell what the object says.
only_value(Object) ->
    [{Metadata, Value}] = riak_object:get_contents(Object),
    false = is_tombstone(Metadata),
    true = is_binary(Value),
    Value.

is_tombstone(Metadata) when is_map(Metadata) -> maps:is_key(<<"X-Riak-Deleted">>, Metadata);
is_tombstone(Metadata) -> dict:is_key(<<"X-Riak-Deleted">>, Metadata).

%% ---- stored JSON, read by rules that three languages keep alike

read_object(Bytes) ->
    Bytes = unicode:characters_to_binary(Bytes, utf8, utf8),
    %% Escaped surrogates may be halves; a replacement character may stand for bytes not UTF-8.
    nomatch = binary:match(Bytes, [<<"\\ud">>, <<"\\uD">>, <<16#fffd/utf8>>]),
    true = is_strict(Bytes),
    Decode = mochijson2:decoder([{object_hook, fun to_map/1}]),
    Json = Decode(Bytes),
    true = is_map(Json),
    true = is_plain(Json, ?DEPTH_MAX),
    Json.

%% Of a name that is there twice the last one counts, as in JavaScript.
to_map({struct, Members}) ->
    true = lists:all(fun({Name, _}) -> is_binary(Name) end, Members),
    maps:from_list(Members).

%% mochijson2 takes more than JSON: commas at the end of a list, control characters and unknown
%% escapes in a string. The other languages do not.
is_strict(<<$", Rest/binary>>) -> is_strict_text(Rest);
is_strict(<<$,, Rest/binary>>) -> is_strict_comma(Rest);
is_strict(<<_, Rest/binary>>) -> is_strict(Rest);
is_strict(<<>>) -> true.

is_strict_comma(<<C, Rest/binary>>) when C =:= $\s; C =:= $\t; C =:= $\r; C =:= $\n ->
    is_strict_comma(Rest);
is_strict_comma(<<C, _/binary>>) when C =:= $]; C =:= $} -> false;
is_strict_comma(Rest) -> is_strict(Rest).

is_strict_text(<<$", Rest/binary>>) -> is_strict(Rest);
is_strict_text(<<$\\, $u, A, B, C, D, Rest/binary>>) ->
    lists:all(fun is_hex_digit/1, [A, B, C, D]) andalso is_strict_text(Rest);
is_strict_text(<<$\\, C, Rest/binary>>) ->
    lists:member(C, "\"\\/bfnrt") andalso is_strict_text(Rest);
is_strict_text(<<C, Rest/binary>>) when C >= 32 -> is_strict_text(Rest);
is_strict_text(_) -> false.

is_hex_digit(C) when C >= $0, C =< $9; C >= $a, C =< $f; C >= $A, C =< $F -> true;
is_hex_digit(_) -> false.

%% No number beyond doubles, not too deep.
is_plain(Value, _Depth) when is_integer(Value) -> abs(Value) < ?BEYOND_DOUBLES;
is_plain(Value, 0) -> not is_map(Value) andalso not is_list(Value);
is_plain(Value, Depth) when is_map(Value) -> is_plain(maps:values(Value), Depth);
is_plain(Value, Depth) when is_list(Value) ->
    lists:all(fun(Element) -> is_plain(Element, Depth - 1) end, Value);
is_plain(_Value, _Depth) -> true.

%% ---- shapes: each gives the value, or fails

text(Value) when is_binary(Value) -> Value.

id(Value) when is_binary(Value), Value =/= <<>> -> Value.

hash(Value) when is_binary(Value), byte_size(Value) =:= 64 ->
    true = is_hex(Value),
    Value.

is_hex(<<C, Rest/binary>>) when C >= $0, C =< $9; C >= $a, C =< $f -> is_hex(Rest);
is_hex(Rest) -> Rest =:= <<>>.

texts(Values) -> [text(Value) || Value <- list(Values)].

hashes(Values) -> [hash(Value) || Value <- list(Values)].

list(Value) when is_list(Value) -> Value.

time(Value) -> whole(Value, -?TIME_MS_MAX, ?TIME_MS_MAX).

place_time(Value) -> whole(Value, -?TIME_MS_MAX, ?PLACE_MS_MAX).

clock(Value) -> whole(Value, 0, ?TIME_MS_MAX).

%% 1000, 1000.0 and 1.0e3 are one number in JSON.
whole(Value, Min, Max) when is_integer(Value), Value >= Min, Value =< Max -> Value;
whole(Value, Min, Max) when is_float(Value), trunc(Value) == Value -> whole(trunc(Value), Min, Max).

one_of(Value, Values) ->
    true = lists:member(Value, Values),
    Value.

null_or(_Shape, null) -> null;
null_or(Shape, Value) -> Shape(Value).

%% Of a member that may be missing.
maybe_member(Name, Map, Shape, Default) ->
    case Map of
        #{Name := Value} -> Shape(Value);
        #{} -> Default
    end.

%% As toISOString writes it, in the years 0000 to 9999. Gives {Month, Ms}.
iso_time(<<Y:4/binary, $-, M:2/binary, $-, D:2/binary, $T, H:2/binary, $:, Min:2/binary, $:,
           S:2/binary, $., Ms:3/binary, $Z>>) ->
    Date = {digits(Y), digits(M), digits(D)},
    true = calendar:valid_date(Date),
    {Hour, Minute, Second} = {digits(H), digits(Min), digits(S)},
    true = Hour =< 23 andalso Minute =< 59 andalso Second =< 59,
    Days = calendar:date_to_gregorian_days(Date) - ?EPOCH_DAYS,
    Seconds = ((Days * 24 + Hour) * 60 + Minute) * 60 + Second,
    {<<Y/binary, $-, M/binary>>, Seconds * 1000 + digits(Ms)}.

digits(Text) ->
    true = lists:all(fun(C) -> C >= $0 andalso C =< $9 end, binary_to_list(Text)),
    binary_to_integer(Text).

%% ---- posts

%% A post with one whole head: {Id, Head, Slugs, Places}. Several heads, or one by reference, take what
%% is in `revisions'.
post(#{<<"schema">> := Schema, <<"id">> := Id, <<"heads">> := [Head],
       <<"ancestors">> := Ancestors, <<"slugs">> := Slugs, <<"places">> := Places}) ->
    1 = whole(Schema, 1, 1),
    lists:foreach(fun ancestor/1, list(Ancestors)),
    {id(Id), head(Head), [slug(Slug) || Slug <- list(Slugs)],
     [place(Place) || Place <- list(Places)]}.

head(#{<<"isReference">> := _}) ->
    error(reference);
head(#{<<"schema">> := Schema, <<"id">> := Id, <<"parents">> := Parents, <<"fields">> := Fields,
       <<"author">> := Author, <<"conflicts">> := Conflicts, <<"clock">> := Clock,
       <<"savedAtMs">> := SavedAtMs}) ->
    1 = whole(Schema, 1, 1),
    hashes(Parents),
    text(Author),
    lists:foreach(fun conflict/1, list(Conflicts)),
    time(SavedAtMs),
    {hash(Id), clock(Clock), fields(Fields)}.

%% {Places that the post stands in now, aliases}
fields(#{<<"title">> := Title, <<"body">> := Body, <<"summary">> := Summary, <<"slug">> := Slug,
         <<"author">> := Author, <<"tags">> := Tags, <<"aliases">> := Aliases,
         <<"status">> := Status, <<"kind">> := Kind, <<"publishedAt">> := PublishedAt}) ->
    texts([Title, Body, Summary, Slug, Author]),
    one_of(Status, [<<"draft">>, <<"published">>, <<"deleted">>]),
    one_of(Kind, [<<"post">>, <<"page">>]),
    Time = null_or(fun iso_time/1, PublishedAt),
    {current(Status, Kind, Time, texts(Tags)), texts(Aliases)}.

current(<<"published">>, <<"post">>, {Month, AtMs}, Tags) ->
    [{<<"all">>, AtMs}, {<<"month/", Month/binary>>, AtMs}
     | [{<<"tag/", Tag/binary>>, AtMs} || Tag <- Tags]];
current(_Status, _Kind, _Time, _Tags) ->
    [].

conflict(#{<<"id">> := Id, <<"field">> := Field, <<"base">> := Base, <<"hidden">> := Hidden,
           <<"shown">> := Shown} = Conflict) ->
    hashes([Id, Hidden, Shown]),
    null_or(fun hash/1, Base),
    one_of(Field, [<<"title">>, <<"body">>, <<"summary">>, <<"tags">>, <<"slug">>, <<"status">>,
                   <<"kind">>, <<"author">>, <<"publishedAt">>, <<"aliases">>]),
    maybe_member(<<"range">>, Conflict, fun range/1, none).

range(#{<<"base">> := Base, <<"hidden">> := Hidden, <<"shown">> := Shown}) ->
    [{whole(From, 0, ?SAFE_MAX), whole(To, 0, ?SAFE_MAX)}
     || [From, To] <- pairs([Base, Hidden, Shown])].

pairs(Lists) ->
    true = lists:all(fun([_, _]) -> true; (_) -> false end, Lists),
    Lists.

ancestor(#{<<"id">> := Id, <<"parents">> := Parents, <<"clock">> := Clock}) ->
    hashes([Id | list(Parents)]),
    clock(Clock).

slug(#{<<"slug">> := Slug, <<"sinceMs">> := SinceMs} = Held) ->
    {text(Slug), time(SinceMs), maybe_member(<<"untilMs">>, Held, fun time/1, null)}.

place(#{<<"index">> := Index, <<"atMs">> := AtMs}) ->
    {text(Index), place_time(AtMs)}.

%% One row for every place the post stands in or ever stood in.
place_rows(Json) ->
    {Id, {Version, Clock, {Current, _Aliases}}, _Slugs, Places} = post(Json),
    [[Index, sort_key(AtMs, Id), Id, Clock, Version, present(lists:member(Place, Current))]
     || {Index, AtMs} = Place <- lists:usort(Places ++ Current)].

%% The latest period in which the post held each slug, and its aliases: claims that only redirect.
claim_rows(Json) ->
    {Id, {_Version, _Clock, {_Current, Aliases}}, Slugs, _Places} = post(Json),
    Latest = lists:foldl(fun later_claim/2, #{}, Slugs),
    [[<<"slug">>, Slug, Id, SinceMs, UntilMs] || {Slug, {SinceMs, UntilMs}} <- maps:to_list(Latest)]
        ++ [[<<"slug">>, <<"alias/", Path/binary>>, Id, 0, 0] || Path <- Aliases].

later_claim({Slug, SinceMs, UntilMs}, Latest) ->
    case Latest of
        #{Slug := {Other, _}} when Other > SinceMs -> Latest;
        %% A number is less than the atom null: a period that one of two saw end has ended.
        #{Slug := {SinceMs, Until}} -> Latest#{Slug := {SinceMs, min(Until, UntilMs)}};
        #{} -> Latest#{Slug => {SinceMs, UntilMs}}
    end.

%% ---- addresses

stored_claim_rows(Key, #{<<"schema">> := Schema, <<"claims">> := Claims}) ->
    1 = whole(Schema, 1, 1),
    [stored_claim_row(Key, Claim) || Claim <- list(Claims)].

stored_claim_row(Key, #{<<"postId">> := PostId, <<"sinceMs">> := SinceMs} = Claim) ->
    UntilMs = maybe_member(<<"untilMs">>, Claim, fun time/1, null),
    [<<"slug">>, Key, id(PostId), time(SinceMs), UntilMs].

%% ---- comments

comment_rows(#{<<"schema">> := Schema, <<"id">> := Id, <<"postId">> := PostId,
               <<"parent">> := Parent, <<"createdAtMs">> := CreatedAtMs, <<"text">> := Text,
               <<"moderation">> := Moderation}) ->
    1 = whole(Schema, 1, 1),
    null_or(fun text/1, Parent),
    {TextClock, TextHash, TextJson} = text_register(Text),
    {Decided, Judged, ModerationClock, ModerationJson} = moderation(Moderation),
    %% A decision about another text than the current one decides nothing.
    Status = case Judged of TextHash -> Decided; _ -> <<"pending">> end,
    Clock = max(TextClock, ModerationClock),
    Content = sha256([$[, TextJson, $,, ModerationJson, $]]),
    Version = iolist_to_binary([padded(TextClock, 16), $., padded(ModerationClock, 16), $.,
                                binary:part(Content, 0, 16)]),
    Created = place_time(CreatedAtMs),
    Row = fun(Listing, Present) ->
                  [Listing, sort_key(Created, id(Id)), Id, Clock, Version, Present]
          end,
    Rows = [Row(id(PostId), present(Status =:= <<"approved">>)),
            Row(<<PostId/binary, "/held">>,
                present(Status =:= <<"pending">> orelse Status =:= <<"spam">>))],
    %% Judged when it was made and not since: it never stood anywhere else.
    case Clock =< Created + 1 of
        true -> [One || One <- Rows, lists:last(One) =:= 1];
        false -> Rows
    end.

%% {Clock, hash of the text, the whole register as RFC 8785 JSON}
text_register(#{<<"author">> := Author, <<"email">> := Email, <<"url">> := Url,
                <<"body">> := Body, <<"clock">> := Clock} = Register)
  when map_size(Register) =:= 5 ->
    texts([Author, Email, Url, Body]),
    At = clock(Clock),
    Before = [<<"{\"author\":">>, quote(Author), <<",\"body\":">>, quote(Body)],
    After = [<<",\"email\":">>, quote(Email), <<",\"url\":">>, quote(Url), $}],
    {At, sha256([Before, After]),
     [Before, <<",\"clock\":">>, integer_to_binary(At), After]}.

moderation(#{<<"status">> := Status, <<"judged">> := Judged, <<"by">> := By,
             <<"clock">> := Clock} = Register) when map_size(Register) =:= 4 ->
    one_of(Status, [<<"approved">>, <<"pending">>, <<"spam">>, <<"deleted">>]),
    At = clock(Clock),
    {Status, hash(Judged), At,
     [<<"{\"by\":">>, quote(text(By)), <<",\"clock\":">>, integer_to_binary(At),
      <<",\"judged\":">>, quote(Judged), <<",\"status\":">>, quote(Status), $}]}.

%% ---- rows

present(true) -> 1;
present(false) -> 0.

sort_key(AtMs, Id) ->
    iolist_to_binary([padded(AtMs + ?TIME_MS_MAX, 17), $:, Id]).

padded(Number, Width) ->
    io_lib:format("~*..0B", [Width, Number]).

sha256(Data) ->
    <<Hash:256>> = crypto:hash(sha256, Data),
    list_to_binary(io_lib:format("~64.16.0b", [Hash])).

%% A text as RFC 8785 JSON.
quote(Text) ->
    <<$", (<< <<(quoted(C))/binary>> || <<C>> <= Text >>)/binary, $">>.

quoted($") -> <<"\\\"">>;
quoted($\\) -> <<"\\\\">>;
quoted($\b) -> <<"\\b">>;
quoted($\t) -> <<"\\t">>;
quoted($\n) -> <<"\\n">>;
quoted($\f) -> <<"\\f">>;
quoted($\r) -> <<"\\r">>;
quoted(C) when C < 32 -> list_to_binary(io_lib:format("\\u~4.16.0b", [C]));
quoted(C) -> <<C>>.

%% ---- reduce

%% Each row once, in the order of its JSON text by UTF-16 code units: the order that JavaScript sorts
%% in. What is no row follows, once.
reduce_rows(Values, _Arg) ->
    [Value || {_Key, Value} <- lists:usort([{order(Value), Value} || Value <- Values])].

order(Value) ->
    try {0, unicode:characters_to_binary(row_json(Value), utf8, {utf16, big})}
    catch _:_ -> {1, Value}
    end.

row_json(Row) when is_list(Row) ->
    iolist_to_binary([$[, join([element_json(Element) || Element <- Row]), $]]).

element_json(Element) when is_binary(Element) -> quote(Element);
element_json(Element) when is_integer(Element) ->
    integer_to_binary(whole(Element, -?SAFE_MAX, ?SAFE_MAX));
element_json(Element) when Element =:= null; Element =:= true; Element =:= false ->
    atom_to_binary(Element, latin1).

join([]) -> [];
join([First | Rest]) -> [First | [[$,, Element] || Element <- Rest]].
