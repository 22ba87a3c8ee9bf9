//! Pages: links lead somewhere, the change log keeps its form.

use super::Finding;
use crate::source::Source;

/// What changes are sorted under, in this order.
const HEADS: &[&str] = &["Safety", "Features", "Internals"];

/// Checks one page; `exists` answers whether a path relative to the workspace is there.
pub(super) fn check(source: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    if !source.path.ends_with(".md") {
        return Vec::new();
    }
    let mut findings = dead_links(source, exists);
    if source.path == "CHANGELOG.md" {
        findings.extend(change_log(source));
    }
    findings
}

fn dead_links(source: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let folder = source
        .path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (i, line) in source.text.lines().enumerate() {
        for link in links(line).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let page = link.split('#').next().unwrap_or_default();
            if !exists(&resolve(folder, page)) {
                findings.push(Finding::new(
                    &source.path,
                    i + 1,
                    format!("`{link}` leads nowhere"),
                ));
            }
        }
    }
    findings
}

/// What stands in `](…)` and `src="…"`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let marked = |open: &'static str, close: char| {
        line.split(open)
            .skip(1)
            .filter_map(move |rest| rest.split(close).next())
    };
    marked("](", ')').chain(marked("src=\"", '"'))
}

/// A relative link, as a path from the workspace.
fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn change_log(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find =
        |line: usize, what: String| findings.push(Finding::new(&source.path, line, what));
    if !source.text.starts_with("# Changelog\n") {
        find(1, "begins with `# Changelog`".to_owned());
    }
    let (mut releases, mut last_head) = (0, None);
    for (i, line) in source.text.lines().enumerate() {
        if let Some(release) = line.strip_prefix("## ") {
            releases += 1;
            last_head = None;
            if !is_release(release) {
                find(
                    i + 1,
                    "a release is `## Unreleased` or `## 1.2.3 (2026-01-31)`".to_owned(),
                );
            }
        } else if let Some(head) = line.strip_prefix("### ") {
            let place = HEADS.iter().position(|known| *known == head);
            if place.is_none() || place <= last_head {
                find(
                    i + 1,
                    format!("heads are {}, in this order", HEADS.join(", ")),
                );
            }
            last_head = place;
        } else if line.starts_with("- ") && last_head.is_none() {
            find(
                i + 1,
                format!("a change stands under one of {}", HEADS.join(", ")),
            );
        }
    }
    if releases == 0 {
        find(1, "names no release".to_owned());
    }
    findings
}

fn is_release(text: &str) -> bool {
    if text == "Unreleased" {
        return true;
    }
    let Some((version, date)) = text.split_once(" (") else {
        return false;
    };
    let are_numbers = |text: &str, count: usize, mark: char| {
        let parts: Vec<&str> = text.split(mark).collect();
        parts.len() == count && parts.iter().all(|part| part.parse::<u32>().is_ok())
    };
    are_numbers(version, 3, '.')
        && date
            .strip_suffix(')')
            .is_some_and(|date| date.len() == 10 && are_numbers(date, 3, '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        let source = Source::parse(path, text).unwrap();
        let exists = |path: &str| ["README.md", "docs/api.md"].contains(&path);
        check(&source, &exists)
            .iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn links_lead_somewhere() {
        assert!(findings("README.md", "[a](docs/api.md) [b](https://b.example/c)\n").is_empty());
        assert_eq!(findings("README.md", "\n[a](docs/apu.md)\n"), [2]);
        assert_eq!(
            findings("README.md", "<img src=\"docs/floors.svg\">\n"),
            [1]
        );
        assert!(findings("docs/a.md", "[up](../README.md#what) [b](api.md)\n").is_empty());
        assert_eq!(findings("docs/adr/a.md", "[up](../README.md)\n"), [1]);
    }

    #[test]
    fn the_change_log_keeps_its_form() {
        let good = "# Changelog\n\n## Unreleased\n\n### Safety\n\n- a\n\n### Internals\n\n- b\n\n\
                    ## 0.1.0 (2026-11-22)\n\n### Features\n\n- c\n";
        assert!(findings("CHANGELOG.md", good).is_empty());
        for (bad, line) in [
            ("# Changes\n\n## Unreleased\n", 1),
            ("# Changelog\n\n## 0.1\n", 3),
            ("# Changelog\n\n## Unreleased\n\n- a\n", 5),
            ("# Changelog\n\n## Unreleased\n\n### Bugs\n", 5),
            (
                "# Changelog\n\n## Unreleased\n### Features\n### Safety\n",
                5,
            ),
            ("# Changelog\n", 1),
        ] {
            assert_eq!(findings("CHANGELOG.md", bad), [line], "{bad}");
        }
    }
}
