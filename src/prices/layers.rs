//! A check of the table in `mod.rs`: no module imports from one that stands after it.

use std::fs;
use std::path::Path;

/// The modules in the order of the table.
fn order() -> Vec<String> {
    let docs = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
    let cells = docs.filter_map(|row| row.split(" | ").next().map(str::to_owned));
    cells.flat_map(|cell| cell.split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>()).collect()
}

/// What a text names after a path: one name, or those of a list in braces.
fn named_after(text: &str, path: &str) -> Vec<String> {
    let lists = text.split(path).skip(1).map(|rest| match rest.strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap_or_default(),
        None => rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default(),
    });
    let name = |part: &str| part.trim().split("::").next().unwrap_or_default().to_owned();
    lists.flat_map(|list| list.split(',').map(name).collect::<Vec<_>>()).collect()
}

/// The code of a module of `prices`, without tests, and the path by which its files reach `prices`.
fn files(module: &str) -> Vec<(String, &'static str)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/prices");
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
    };
    let file = root.join(format!("{module}.rs"));
    if file.exists() {
        return vec![(read(&file), "super::")];
    }
    let entries = fs::read_dir(root.join(module)).unwrap().map(|entry| entry.unwrap().path());
    let path = |path: &Path| if path.ends_with("mod.rs") { "super::" } else { "super::super::" };
    entries.filter(|file| !file.ends_with("tests.rs")).map(|file| (read(&file), path(&file))).collect()
}

#[test]
fn no_module_imports_from_one_above_it() {
    let order = order();
    let mut count = 0;
    for (place, module) in order.iter().enumerate() {
        for (text, path) in files(module) {
            for name in [named_after(&text, path), named_after(&text, "crate::prices::")].concat() {
                let Some(other) = order.iter().position(|other| *other == name) else { continue };
                count += 1;
                assert!(other <= place, "{module} imports from {name}, which stands after it");
            }
        }
    }
    assert!(count > 150, "{count} imports found");
    for declared in include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("mod ")) {
        let name = declared.trim_end_matches(';').to_owned();
        assert!(order.contains(&name) || ["layers", "testing", "tests"].contains(&&*name), "{name} is in no row");
    }
}
