//! Entities whose ids no argument can contain.

/// Parses the id of an entity from a JSON string.
pub fn entity_json(text: &str) -> Result<String, String> {
    serde_json::from_str(text).map_err(|_| r#"expected a JSON string, such as "c\u00001""#.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_json_string() {
        assert_eq!(entity_json(r#""c\u00001""#).as_deref(), Ok("c\u{0}1"));
        for other in ["c1", "1", "", "\"c1"] {
            assert!(entity_json(other).unwrap_err().contains("JSON string"));
        }
    }
}
