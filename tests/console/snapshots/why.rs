//! Why a value is what it is: histories of keys, blame, and flips of conditions.

scenes! {
    key_history: "3H",
    key_history_oldest_first_with_a_filter: "3Hs/updated<enter>",
    condition_on_a_key: "3HS",
    condition_refused: "3HSemail acme<enter>",
    condition_that_never_holds: "3HSemail=nobody@example.com<enter>",
    flips_of_a_condition: "3HSemail~acme<enter>",
    blame_of_a_value: "3<enter>jjjb",
    blame_before_that: "3<enter>jjjbbb",
    blame_column: "3b",
}
