use proptest::prelude::*;

use super::writer::{MOST_CELLS, MOST_OF_VALUE};
use super::*;

fn text(pieces: &[Piece<'_>]) -> String {
    pieces.iter().map(Piece::text).collect()
}

fn start(json: &str, context: ExcerptContext<'_>) -> String {
    text(&Excerpt::of(json, context).pieces(u16::MAX, &Glyphs::UNICODE))
}

#[test]
fn members_are_shown_in_their_order_without_what_the_row_shows() {
    let context = ExcerptContext { shown: &["c23"], ..ExcerptContext::default() };
    for (json, expected) in [
        (r#"{"contact_id":"c23","name":"Ada King","email":"ada@x"}"#, r#"name "Ada King"  email "ada@x""#),
        (r#"{"z":1.10,"a":1e400,"n":12345678901234567890123}"#, "z 1.10  a 1e400  n 12345678901234567890123"),
        (r#"{"a":1,"a":2}"#, "a 1  a 2"),
        (
            r#"{ "to" : {"city":"Paris","zip":[1, "x" ,{}]}, "ok":true }"#,
            r#"to {city "Paris", zip [1, "x", {}]}  ok true"#,
        ),
        (r#"{"id":"c23"}"#, ""),
        (r#"{"\u0069d":"\u006323","x":null}"#, "x null"),
        (r#"{"a b":"","":[]}"#, r#""a b" ""  "" []"#),
        (r#"{"q":"say \"hi\"\n\\ \u00e9\u001b[31m"}"#, r#"q "say \"hi\"\n\\ é␛[31m""#),
        ("{}", "{}"),
        ("[]", "[]"),
        (r#"["c23",[2]]"#, r#"["c23", [2]]"#),
        ("\"text\"", "\"text\""),
        ("1.0", "1.0"),
        ("{\"a\":1", "{\"a\":1"),
        ("oops\u{202e}", "oops<U+202E>"),
        ("", ""),
    ] {
        assert_eq!(start(json, context), expected, "{json}");
    }
    let number = ExcerptContext { shown: &["17"], ..ExcerptContext::default() };
    assert_eq!(start(r#"{"id":17,"n":170}"#, number), "n 170");
}

#[test]
fn an_update_shows_what_changed() {
    let before =
        Json::from_stored(r#"{"id":"c1","name":"Ada","email":"a@b","tags":[1],"x":1,"x":1}"#.to_owned());
    let context = ExcerptContext { shown: &["c1"], before: Some(&before), wanted: &[] };
    for (json, expected) in [
        (r#"{"id":"c1","name":"Ada","email":"c@d"}"#, r#"email "c@d"  (name unchanged)"#),
        (r#"{"name":"Ada","email":"c@d","tags":[ 1 ]}"#, r#"email "c@d"  (2 unchanged)"#),
        (r#"{"id":"c1","name":"\u0041da"}"#, "(nothing changed)"),
        (r#"{"id":"c1","x":1,"new":null}"#, "x 1  new null"),
    ] {
        assert_eq!(start(json, context), expected, "{json}");
    }
    let searched = ExcerptContext { wanted: &["ada"], ..context };
    assert_eq!(start(r#"{"name":"Ada","email":"a@b"}"#, searched), r#"name "Ada"  (email unchanged)"#);
}

fn at(json: &str, wanted: &str, cells: u16) -> String {
    let wanted = [wanted];
    let excerpt = Excerpt::of(json, ExcerptContext { wanted: &wanted, ..ExcerptContext::default() });
    text(&excerpt.pieces(cells, &Glyphs::UNICODE))
}

#[test]
fn a_match_beyond_the_visible_part_starts_the_excerpt() {
    let json =
        r#"{"name":"Ada King","notes":"the first programmer of all","tags":["x","analytical engine"]}"#;
    assert_eq!(
        at(json, "ada", 30),
        r#"name "Ada King"  notes "the first programmer of all"  tags ["x", "analytical engine"]"#
    );
    assert_eq!(
        at(json, "PROGRAMMER", 30),
        r#"… notes "…he first programmer of all"  tags ["x", "analytical engine"]"#
    );
    assert_eq!(at(json, "programmer", 12), r#"…programmer of all"  tags ["x", "analytical engine"]"#);
    assert_eq!(at(json, "engine", 30), r#"… "…alytical engine"]"#);
    assert_eq!(at(json, "tags", 30), r#"… tags ["x", "analytical engine"]"#);
    let escaped = r#"{"a":"0123456789","b":"say \"hi\" \u0041da"}"#;
    assert_eq!(at(escaped, r#""hi""#, 14), r#"…\"hi\" Ada""#);
}

#[test]
fn a_huge_document_is_shown_by_its_start_and_by_its_match() {
    let filler = "é".repeat(5 << 20);
    let json = format!(
        r#"{{"a":"{filler}","deep":{}1{},"needle":"found it"}}"#,
        "[".repeat(1 << 20),
        "]".repeat(1 << 20)
    );
    let shown = start(&json, ExcerptContext::default());
    assert!(shown.starts_with("a \"éé") && shown.len() < 20_000);
    assert_eq!(at(&json, "found", 40), r#"… needle "found it""#);
}

proptest! {
    #[test]
    fn no_text_leaks_control_characters_or_hides_the_match(
        json in prop_oneof![any::<String>(), any_json()],
        wanted in "[a-z0-9 é]{1,3}",
        cells in 0_u16..200,
    ) {
        let context = ExcerptContext { shown: &["a"], before: None, wanted: &[&wanted] };
        let excerpt = Excerpt::of(&json, context);
        let pieces = excerpt.pieces(cells, &Glyphs::ASCII);
        prop_assert!(pieces_width(&excerpt.start) <= MOST_CELLS + 8 * u16::try_from(MOST_OF_VALUE).unwrap());
        let shown = text(&pieces);
        prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
        let matching = pieces.iter().position(|piece| piece.role() == Role::Match);
        if let Some(matching) = matching && width(&wanted) + 2 < cells {
            prop_assert!(pieces_width(&pieces[..=matching]) <= cells, "{:?}", shown);
        }
    }

    #[test]
    fn every_value_of_a_document_is_shown_as_it_is_stored(members in prop::collection::vec(("[a-z]{1,4}", any_json()), 0..5)) {
        let json: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let shown = start(&format!("{{{}}}", json.join(",")), ExcerptContext::default());
        let mut rest = shown.as_str();
        for (name, value) in &members {
            let single = start(&format!("{{\"{name}\":{value}}}"), ExcerptContext::default());
            if rest.len() > 200 {
                break;
            }
            prop_assert!(rest.starts_with(&single), "{} in {}", single, shown);
            rest = rest[single.len()..].trim_start_matches("  ");
        }
    }
}

fn any_json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
        Just("null".to_owned()),
        Just("true".to_owned()),
    ];
    scalar.prop_recursive(4, 16, 4, |inner| {
        let member = ("[a-z \"é]{0,3}", inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|members| {
                let name = |name: String| serde_json::Value::from(name).to_string();
                let members: Vec<String> =
                    members.into_iter().map(|(key, value)| format!("{}: {value}", name(key))).collect();
                format!("{{ {} }}", members.join(" ,"))
            }),
        ]
    })
}
