//! The links of the guides lead to files and headings that exist.

use super::{pages, prose, read};

#[test]
fn every_link_leads_to_a_file_and_heading() {
    for page in pages() {
        let text = read(&page);
        for target in prose(&text).flat_map(|line| line.split("](").skip(1)) {
            let target = target.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(file.exists(), "{}: {target} leads nowhere", page.display());
            assert!(
                anchor.is_empty() || anchors(&read(&file)).iter().any(|heading| heading == anchor),
                "{}: {target} leads to no heading",
                page.display()
            );
        }
    }
}

/// Returns the anchors of a page's headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter_map(|line| line.strip_prefix('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}
