//! Terms that are cut off, lie about their size, or would exhaust memory or the stack.

use ramax::engines::elixir::term::{Limits, Term, TermFault};

use super::decoded;
use super::encoder::{Model, Release, atom, compressed, encoded, fields, text};

fn fault(bytes: &[u8]) -> TermFault {
    decoded(bytes).unwrap_err().fault
}

/// A term with every kind of container, and long enough to be compressed.
fn sample() -> Model {
    fields([
        ("name", text(&"Ada King ".repeat(20))),
        ("list", Model::List(vec![Model::Integer(1 << 70), atom("ok"), Model::Float(1.5_f64.to_bits())])),
        ("pair", Model::Improper(vec![Model::Integer(1)], Box::new(text("tail")))),
        ("tuple", Model::Tuple(vec![Model::Bits(vec![0xa0], 3), Model::List(vec![Model::Integer(7)])])),
    ])
}

#[test]
fn a_term_cut_off_anywhere_is_refused() {
    for release in [Release::Old, Release::New] {
        for bytes in [encoded(&sample(), release), compressed(&sample(), release)] {
            assert!(decoded(&bytes).is_ok());
            for length in 0..bytes.len() {
                assert_eq!(fault(&bytes[..length]), TermFault::CutOff, "{length} of {}", bytes.len());
            }
        }
    }
}

#[test]
fn bytes_after_a_term_are_reported() {
    for mut bytes in [encoded(&sample(), Release::New), compressed(&sample(), Release::New)] {
        let length = bytes.len();
        bytes.extend([0, 0]);
        let error = decoded(&bytes).unwrap_err();
        assert_eq!(error.fault, TermFault::TrailingBytes { bytes: 2 });
        assert!(error.offset + 3 >= length, "{error}");
    }
}

#[test]
fn false_counts_and_sizes_are_refused_before_anything_is_allocated() {
    let most = [0xff; 4];
    for tag in *b"litmnMo" {
        assert_eq!(fault(&[&[131, tag][..], &most, &[0, 0, 0]].concat()), TermFault::CutOff, "tag {tag}");
    }
    let inflated = [&[131, 80][..], &most, &compressed(&sample(), Release::New)[6..]].concat();
    assert_eq!(fault(&inflated), TermFault::TooLarge { limit: Limits::STANDARD.bytes });
    let mut less = compressed(&sample(), Release::New);
    less[5] -= 1;
    assert!(matches!(fault(&less), TermFault::WrongSize { .. }));
}

#[test]
fn deep_nesting_is_refused() {
    let limit = Limits::STANDARD.depth;
    for open in [&b"l\0\0\0\x01"[..], b"h\x01", b"t\0\0\0\x01j"] {
        let deep = [&[131][..], &open.repeat(1_000_000), b"j"].concat();
        assert_eq!(fault(&deep), TermFault::TooDeep { limit });
        let packed = [
            &[131, 80][..],
            &((deep.len() - 1) as u32).to_be_bytes(),
            &miniz_oxide::deflate::compress_to_vec_zlib(&deep[1..], 1),
        ]
        .concat();
        assert_eq!(fault(&packed), TermFault::TooDeep { limit });
    }
}

#[test]
fn a_compressed_term_that_inflates_beyond_the_limit_is_refused() {
    let limits = Limits { bytes: 100_000, ..Limits::STANDARD };
    let bomb = compressed(&Model::Binary(vec![0; 10_000_000]), Release::New);
    assert!(bomb.len() < limits.bytes);
    let refused = Term::decode(&bomb, &limits).unwrap_err();
    assert_eq!(refused.fault, TermFault::TooLarge { limit: limits.bytes });
    let mut modest = bomb;
    modest[2..6].copy_from_slice(&1000_u32.to_be_bytes());
    let refused = Term::decode(&modest, &limits).unwrap_err();
    assert_eq!(refused.fault, TermFault::WrongSize { declared: 1000, found: 1001 });
}

#[test]
fn too_many_terms_are_refused() {
    let limits = Limits { terms: 10, ..Limits::STANDARD };
    let many = encoded(&Model::Tuple(vec![atom("a"); 10]), Release::New);
    assert_eq!(Term::decode(&many, &limits).unwrap_err().fault, TermFault::TooManyTerms { limit: 10 });
}

#[test]
fn a_fault_is_described_with_its_position() {
    let refused = |bytes: &[u8]| decoded(bytes).unwrap_err().to_string();
    assert_eq!(refused(b"{}"), "this is not an Erlang term: it does not begin with the byte 131 (at byte 0)");
    assert_eq!(refused(b"\x83h\x01\xc8"), "unknown tag 200 (at byte 3)");
    assert_eq!(
        refused(b"\x83R\0"),
        "a reference to the atom cache of a connection (tag 82) cannot be read from a file (at byte 1)"
    );
    assert_eq!(
        refused(b"\x83D\0"),
        "the header of a distribution message (tag 68) cannot be read from a file (at byte 1)"
    );
    assert_eq!(refused(b"\x83w\x01\xff"), "the name of an atom is not UTF-8 (at byte 3)");
    assert_eq!(refused(b"\x83F\x7f\xf0\0\0\0\0\0\0"), "a float is not a finite number (at byte 2)");
    assert_eq!(refused(b"\x83M\0\0\0\x01\x09\xff"), "a bit string has 9 bits in its last byte (at byte 6)");
    assert_eq!(refused(b"\x83n\x01\x02\x01"), "the sign of a big integer is 2 (at byte 3)");
    assert_eq!(refused(b"\x83p\0\0\0\x03"), "a function declares a size of 3 bytes (at byte 2)");
    assert_eq!(refused(b"\x83gj"), "expected an atom, found tag 106 (at byte 2)");
    assert_eq!(refused(b"\x83l\0\0\0\x01jk\0\x01a"), "the tail of a list is a list (at byte 11)");
    assert_eq!(refused(b"\x83P\0\0\0\x01abcdef"), "the compressed data is corrupt (at byte 8)");
    assert_eq!(refused(b"\x83jj"), "1 byte follows after the end of the term (at byte 2)");
}
