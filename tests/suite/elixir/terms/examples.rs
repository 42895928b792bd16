//! Terms written by hand from the format's description, and those of the original's files.

use ramax::engines::elixir::term::{Limits, Term};

use super::decoded;

/// Decodes bytes without the version byte.
fn json(bytes: &[u8]) -> String {
    decoded(&[&[131], bytes].concat()).unwrap().to_string()
}

#[test]
fn each_type_has_a_json_form_of_its_own() {
    let table: &[(&[u8], &str)] = &[
        (b"a\x07", "7"),
        (b"b\xff\xff\xff\xfb", "-5"),
        (b"n\x01\x01\x09", "-9"),
        (b"n\x00\x01", "0"),
        (b"n\x0d\0\xd2\x0a?N\xee\xe0s\xc3\xf6\x0f\xe9\x8e\x01", "123456789012345678901234567890"),
        (b"F?\xf8\0\0\0\0\0\0", "1.5"),
        (b"F\x80\0\0\0\0\0\0\0", "-0.0"),
        (b"F@\x45\0\0\0\0\0\0", "42.0"),
        (b"c1.50000000000000000000e+00\0\0\0\0\0", "1.5"),
        (b"d\0\x03nil", "null"),
        (b"s\x04true", "true"),
        (b"w\x05false", "false"),
        (b"d\0\x05draft", r#"{"$atom":"draft"}"#),
        (b"s\x02\xe9t", r#"{"$atom":"ét"}"#),
        (b"w\x03\xc3\xa9t", r#"{"$atom":"ét"}"#),
        (b"v\0\x02ok", r#"{"$atom":"ok"}"#),
        (b"m\0\0\0\x03a\0b", r#""a\u0000b""#),
        (b"m\0\0\0\x01\xff", r#"{"$binary":"/w=="}"#),
        (b"M\0\0\0\x01\x03\xa0", r#"{"$bits":"oA==","size":3}"#),
        (b"M\0\0\0\x02\x01\xff\x80", r#"{"$bits":"/4A=","size":9}"#),
        (b"j", "[]"),
        (b"k\0\x03abc", "[97,98,99]"),
        (b"l\0\0\0\x02a\x01a\x02j", "[1,2]"),
        (b"l\0\0\0\0j", "[]"),
        (b"l\0\0\0\x01a\x01a\x02", r#"{"$improper":[1],"tail":2}"#),
        (b"h\0", r#"{"$tuple":[]}"#),
        (b"h\x02w\x02oka\x01", r#"{"$tuple":[{"$atom":"ok"},1]}"#),
        (b"i\0\0\0\x01j", r#"{"$tuple":[[]]}"#),
        (b"t\0\0\0\0", "{}"),
        (b"t\0\0\0\x01w\x01aa\x01", r#"{"a":1}"#),
        (b"t\0\0\0\x01m\0\0\0\x01aa\x01", r#"{"a":1,"$text_keys":true}"#),
        (b"t\0\0\0\x02w\x01aa\x01m\0\0\0\x01ba\x02", r#"{"a":1,"b":2,"$text_keys":["b"]}"#),
        (b"t\0\0\0\x02w\x01aa\x01m\0\0\0\x01aa\x02", r#"{"$map":[[{"$atom":"a"},1],["a",2]]}"#),
        (b"t\0\0\0\x01a\x01w\x01b", r#"{"$map":[[1,{"$atom":"b"}]]}"#),
        (b"t\0\0\0\x01w\x04$refa\x01", r#"{"$map":[[{"$atom":"$ref"},1]]}"#),
        (b"t\0\0\0\x02w\x01ba\x01w\x01aa\x02", r#"{"b":1,"a":2}"#),
        (b"t\0\0\0\x02w\x0a__struct__w\x0bElixir.A.Bzw\x01xa\x01", r#"{"$struct":"A.Bz","x":1}"#),
        (b"t\0\0\0\x01w\x0a__struct__w\x01a", r#"{"__struct__":{"$atom":"a"}}"#),
        (b"gw\x01n\0\0\0\x01\0\0\0\x02\x03", r#"{"$pid":"Z3cBbgAAAAEAAAACAw=="}"#),
    ];
    for (bytes, expected) in table {
        assert_eq!(json(bytes), *expected, "{}", bytes.escape_ascii());
    }
}

/// The texts are those of `Decimal.to_string/1`.
#[test]
fn decimals_are_written_as_elixir_prints_them() {
    let decimal = |sign: &[u8], coefficient: &[u8], exponent: i32| {
        let parts = [
            &b"t\0\0\0\x04w\x0a__struct__w\x0eElixir.Decimalw\x04coef"[..],
            coefficient,
            b"w\x03expb",
            &exponent.to_be_bytes(),
            b"w\x04sign",
            sign,
        ];
        json(&parts.concat())
    };
    let (plus, minus) = (b"a\x01", b"b\xff\xff\xff\xff");
    for (coefficient, exponent, text) in [
        (&b"a\x96"[..], -2, "1.50"),
        (b"a\x96", 0, "150"),
        (b"a\x96", -3, "0.150"),
        (b"a\x05", -7, "5E-7"),
        (b"a\x05", -6, "0.000005"),
        (b"a\x96", 1, "1.50E+3"),
        (b"a\x05", 3, "5E+3"),
        (b"a\0", 0, "0"),
        (b"a\0", -2, "0.00"),
        (b"a\x0f", -9, "1.5E-8"),
        (b"a\x0f", i32::MIN, "1.5E-2147483647"),
        (b"n\x05\0\0\0\0\0\x01", -2, "42949672.96"),
        (b"w\x03inf", 0, "Infinity"),
        (b"w\x03NaN", 0, "NaN"),
    ] {
        assert_eq!(decimal(plus, coefficient, exponent), format!(r#"{{"$decimal":"{text}"}}"#));
        assert_eq!(decimal(minus, coefficient, exponent), format!(r#"{{"$decimal":"-{text}"}}"#));
    }
    // Not numbers of the library: the fields stay.
    for (sign, coefficient, exponent) in
        [(b"a\0", &b"a\x05"[..], 0), (b"a\x02", b"a\x05", 0), (plus, b"w\x03NaN", 1), (plus, b"w\x04qNaN", 0)]
    {
        assert!(decimal(sign, coefficient, exponent).starts_with(r#"{"$struct":"Decimal","coef":"#));
    }
    assert!(decimal(plus, b"n\x01\x01\x09", 0).contains(r#""coef":-9"#));
}

#[test]
fn huge_integers_are_hexadecimal() {
    let magnitude =
        |bytes: usize| [&b"o"[..], &(bytes as u32).to_be_bytes(), &[1], &vec![0xff; bytes]].concat();
    let digits = json(&magnitude(127));
    assert!(
        digits.starts_with('-')
            && digits.len() > 300
            && digits[1..].bytes().all(|digit| digit.is_ascii_digit())
    );
    assert_eq!(json(&magnitude(128)), format!("{{\"$integer\":\"-0x{}\"}}", "ff".repeat(128)));
}

/// The bytes are those of the key `misc:types` in `flashcards.db`.
#[test]
fn the_terms_of_the_original_are_read_as_it_wrote_them() {
    let bytes = b"\x83t\0\0\0\x10d\0\x04atomd\0\tpublishedd\0\x03bign\r\0\xd2\n?N\xee\xe0s\xc3\xf6\x0f\xe9\x8e\x01d\0\x03binm\0\0\0\x03\0\xff\x01d\0\x04bitsM\0\0\0\x01\x03\xa0d\0\x08charlistk\0\x03abcd\0\nempty_listjd\0\tempty_mapt\0\0\0\0d\0\x01fd\0\x05falsed\0\x05floatF?\xf8\0\0\0\0\0\0d\0\x03inta\x01d\0\x04listl\0\0\0\x04a\x01m\0\0\0\x03twod\0\x05threet\0\0\0\x02d\0\n__struct__d\0\x11Elixir.PState.Refd\0\x03keym\0\0\0\tcard:es-1jd\0\x01nd\0\x03nild\0\x03negb\xff\xff\xff\xfbd\0\x06nestedt\0\0\0\x01m\0\0\0\nstring keyt\0\0\0\x01a\x01m\0\0\0\x07int keyd\0\x01td\0\x04trued\0\x05tupleh\x02d\0\x01aa\x01";
    let expected = concat!(
        r#"{"atom":{"$atom":"published"},"big":123456789012345678901234567890,"bin":{"$binary":"AP8B"},"#,
        r#""bits":{"$bits":"oA==","size":3},"charlist":[97,98,99],"empty_list":[],"empty_map":{},"f":false,"float":1.5,"#,
        r#""int":1,"list":[1,"two",{"$atom":"three"},{"$ref":"card:es-1"}],"n":null,"neg":-5,"#,
        r#""nested":{"string key":{"$map":[[1,"int key"]]},"$text_keys":true},"t":true,"#,
        r#""tuple":{"$tuple":[{"$atom":"a"},1]}}"#,
    );
    assert_eq!(decoded(bytes).unwrap().to_string(), expected);
}

#[test]
fn a_term_at_each_limit_is_decoded() {
    let nested = [&[131][..], &b"l\0\0\0\x01".repeat(3), b"a\x01", b"jjj"].concat();
    let limits = Limits { bytes: nested.len(), terms: 7, depth: 3 };
    assert_eq!(Term::decode(&nested, &limits).unwrap().to_json().as_str(), "[[[1]]]");
}
