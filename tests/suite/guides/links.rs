//! The links of the guides lead to files and headings that exist, and so do the paths that they name.

use super::{pages, prose, quoted, read, root};

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

#[test]
fn every_path_of_a_source_exists() {
    let contributing = root().join("CONTRIBUTING.md");
    for page in pages().into_iter().chain([contributing]) {
        for path in read(&page).lines().flat_map(quoted).filter(|text| is_source(text)) {
            let exists = [root().join(path), root().join("src").join(path)].iter().any(|path| path.exists());
            assert!(exists, "{}: there is no {path}", page.display());
        }
    }
}

/// Returns true if a text is the path of a folder or file, from the root or from `src/`. `NAME` is a placeholder.
fn is_source(text: &str) -> bool {
    let is_path = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'));
    let Some((top, _)) = text.split_once('/') else { return false };
    let is_folder =
        !top.is_empty() && [root().join(top), root().join("src").join(top)].iter().any(|top| top.is_dir());
    is_path && is_folder && !text.contains("NAME")
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
