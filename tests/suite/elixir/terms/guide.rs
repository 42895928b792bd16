//! The table of terms in the guide: every form that the decoder writes is in it, and its examples are true.

use std::path::Path;

use super::decoded;
use super::encoder::{Model, Release, atom, encoded, fields, text};

fn guide() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("guides/from-elixir.md");
    std::fs::read_to_string(file).unwrap()
}

/// Returns the row whose first cell begins with this code.
fn row<'a>(guide: &'a str, elixir: &str) -> &'a str {
    let start = format!("| `{elixir}`");
    guide.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no row of {elixir}"))
}

fn of_struct(module: &str, of: impl IntoIterator<Item = (&'static str, Model)>) -> Model {
    let module = ("__struct__", atom(&format!("Elixir.{module}")));
    fields(std::iter::once(module).chain(of))
}

/// A date, a time or both, in the ISO calendar.
fn moment(module: &str, parts: &[&'static str]) -> Model {
    let value = |name: &'static str| match name {
        "year" => Model::Integer(2025),
        "month" => Model::Integer(1),
        "day" => Model::Integer(17),
        "hour" => Model::Integer(12),
        "microsecond" => Model::Tuple(vec![Model::Integer(0), Model::Integer(0)]),
        "time_zone" => text("Etc/UTC"),
        "zone_abbr" => text("UTC"),
        "calendar" => atom("Elixir.Calendar.ISO"),
        _ => Model::Integer(0),
    };
    of_struct(module, parts.iter().map(|name| (*name, value(name))))
}

#[test]
fn the_examples_of_the_guide_are_true() {
    let integer = Model::Integer;
    let list = |items: &[Model]| Model::List(items.to_vec());
    let date = ["calendar", "year", "month", "day"];
    let time = ["calendar", "hour", "minute", "second", "microsecond"];
    let both = [&date[..], &time[1..]].concat();
    let zoned = [&both[..], &["time_zone", "zone_abbr", "utc_offset", "std_offset"]].concat();
    let one = ("x", text("x"));
    let examples = [
        ("42", integer(42)),
        ("1.5", Model::Float(1.5_f64.to_bits())),
        ("\"text\"", text("text")),
        ("<<255>>", Model::Binary(vec![255])),
        ("<<5::3>>", Model::Bits(vec![0xa0], 3)),
        (":draft", atom("draft")),
        ("[1, \"b\"]", list(&[integer(1), text("b")])),
        ("'abc'", list(&[integer(97), integer(98), integer(99)])),
        ("[1 \\| 2]", Model::Improper(vec![integer(1)], Box::new(integer(2)))),
        ("{:ok, 1}", Model::Tuple(vec![atom("ok"), integer(1)])),
        ("[name: \"x\"]", list(&[Model::Tuple(vec![atom("name"), one.1.clone()])])),
        ("%{name: \"x\"}", fields([("name", one.1.clone())])),
        ("%{\"name\" => \"x\"}", Model::Map(vec![(text("name"), one.1)])),
        ("%{:a => 1, \"b\" => 2}", Model::Map(vec![(atom("a"), integer(1)), (text("b"), integer(2))])),
        ("%{1 => \"one\"}", Model::Map(vec![(integer(1), text("one"))])),
        ("%{:a => 1, \"a\" => 2}", Model::Map(vec![(atom("a"), integer(1)), (text("a"), integer(2))])),
        ("%{\"$ref\" => 1}", Model::Map(vec![(text("$ref"), integer(1))])),
        ("%PState.Ref{key: \"card:c1\"}", of_struct("PState.Ref", [("key", text("card:c1"))])),
        ("~D[2025-01-17]", moment("Date", &date)),
        ("~T[12:00:00]", moment("Time", &time)),
        ("~N[2025-01-17 12:00:00]", moment("NaiveDateTime", &both)),
        ("~U[2025-01-17 12:00:00Z]", moment("DateTime", &zoned)),
        (
            "MapSet.new([1, 2])",
            of_struct(
                "MapSet",
                [("map", Model::Map([1, 2].map(|member| (integer(member), list(&[]))).into()))],
            ),
        ),
        ("%Shop.Order{id: 1}", of_struct("Shop.Order", [("id", integer(1))])),
        (
            "Decimal.new(\"1.50\")",
            of_struct("Decimal", [("coef", integer(150)), ("exp", integer(-2)), ("sign", integer(1))]),
        ),
        ("1..3", of_struct("Range", [("first", integer(1)), ("last", integer(3)), ("step", integer(1))])),
    ];
    let guide = guide();
    for (elixir, term) in examples {
        for release in [Release::Old, Release::New] {
            let json = decoded(&encoded(&term, release)).unwrap().to_string();
            let row = row(&guide, elixir);
            assert!(row.contains(&format!("| `{json}`")), "{elixir} is {json}, not as in {row}");
        }
    }
}

#[test]
fn every_tag_of_the_decoder_is_in_the_guide() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engines/elixir/term");
    let guide = guide();
    let mut tags = 0;
    for file in std::fs::read_dir(sources).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for part in code.flat_map(|line| line.split('"').skip(1)) {
            let tag: String =
                part.chars().take_while(|c| *c == '$' || *c == '_' || c.is_ascii_lowercase()).collect();
            if tag.len() > 1 && tag.starts_with('$') {
                tags += 1;
                assert!(guide.contains(&format!("\"{tag}\"")), "{tag} is not in the guide");
            }
        }
    }
    assert!(tags >= 15, "{tags} tags");
}
