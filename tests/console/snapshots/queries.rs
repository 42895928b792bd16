//! The query line: the list of candidates, the help, a marked error, the history and the saved queries.

scenes! {
    query_fields: "2/<tab>",
    query_candidates: "2/type:contact.<down>",
    query_values: "2/type:contact.added payload.email=",
    query_error: "2/山田 typ:contact.added ada",
    query_language: "2/<F1>",
    query_history: "2/entity:c1<enter>/<ctrl-u>type:contact.* after:2h<enter>/<ctrl-u><ctrl-r>",
    saved_queries: "2/entity:c1<ctrl-s>the first contact<enter><ctrl-u>type:*.updated<ctrl-s>changes<enter><ctrl-o>",
    query_name: "2/entity:c1<ctrl-s>first<enter><ctrl-s>first",
}
