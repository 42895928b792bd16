//! Lines as somebody else would write them, each with the checksum that it has to have.

/// Closes lines without checksums, given as JSON objects.
pub fn sealed<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut crc = crc32fast::Hasher::new();
    let mut text = String::new();
    for line in lines {
        let body = line.strip_suffix('}').unwrap_or(line);
        crc.update(body.as_bytes());
        let tail = format!(",\"crc\":\"{:08x}\"}}\n", crc.clone().finalize());
        crc.update(tail.as_bytes());
        text.push_str(body);
        text.push_str(&tail);
    }
    text
}

/// The lines of an export, without their checksums.
pub fn opened(text: &str) -> Vec<String> {
    text.lines().map(|line| line.rsplit_once(",\"crc\":").unwrap().0.to_owned() + "}").collect()
}

#[test]
fn a_checksum_is_of_everything_up_to_it() {
    assert_eq!(
        sealed([r#"{"a":1}"#, r#"{"b":2}"#]),
        "{\"a\":1,\"crc\":\"a702fc6e\"}\n{\"b\":2,\"crc\":\"4d57e3f6\"}\n"
    );
}
