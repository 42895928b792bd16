//! Export lines as another program would write them, with valid checksums.

/// Adds checksums to lines given as JSON objects.
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

/// Returns the lines of an export without their checksums.
pub fn opened(text: &str) -> Vec<String> {
    text.lines().map(|line| line.rsplit_once(",\"crc\":").unwrap().0.to_owned() + "}").collect()
}

#[test]
fn a_checksum_covers_everything_before_it() {
    assert_eq!(
        sealed([r#"{"a":1}"#, r#"{"b":2}"#]),
        "{\"a\":1,\"crc\":\"a702fc6e\"}\n{\"b\":2,\"crc\":\"4d57e3f6\"}\n"
    );
}
