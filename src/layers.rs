//! Checks of the tables in `lib.rs` and the `mod.rs` files: each module has a row, and where a table says so, none
//! imports from a module above it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with more modules have a table.
const MAX_WITHOUT_TABLE: usize = 6;

/// A folder of modules: the file that declares them, and its text.
struct Folder {
    path: PathBuf,
    root: String,
}

impl Folder {
    fn all() -> Vec<Folder> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = vec![Folder { root: fs::read_to_string(source.join("lib.rs")).unwrap(), path: source.clone() }];
        let mut open = vec![source];
        while let Some(path) = open.pop() {
            let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            for path in entries.filter(|path| path.is_dir()) {
                if let Ok(root) = fs::read_to_string(path.join("mod.rs")) {
                    found.push(Folder { path: path.clone(), root });
                }
                open.push(path);
            }
        }
        found
    }

    /// Its path in code: `crate`, `crate::nn::kernels`.
    fn name(&self) -> String {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let parts = self.path.strip_prefix(source).unwrap().iter().map(|part| part.to_str().unwrap());
        std::iter::once("crate").chain(parts).collect::<Vec<_>>().join("::")
    }

    /// The modules that it declares, but for those of tests.
    fn modules(&self) -> Vec<&str> {
        let lines: Vec<&str> = self.root.lines().collect();
        let mut modules = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            let declared = line.strip_suffix(';').and_then(|line| match line.rsplit_once("mod ") {
                Some((visibility, name)) if visibility.is_empty() || visibility.starts_with("pub") => Some(name),
                _ => None,
            });
            let is_test = place > 0 && lines[place - 1] == "#[cfg(test)]";
            modules.extend(declared.filter(|_| !is_test));
        }
        modules
    }

    /// The modules in the order of the table.
    fn table(&self) -> Vec<&str> {
        let rows = self.root.lines().filter_map(|line| line.strip_prefix("//! | "));
        let cells = rows.filter_map(|row| row.split(" | ").next());
        cells.filter(|cell| cell.contains('`')).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
    }

    /// The modules from the bottom, if the table is in the order of their imports.
    fn order(&self) -> Option<Vec<&str>> {
        let table = self.table();
        if self.root.contains("//! The modules, from the bottom.") {
            Some(table)
        } else {
            let from_the_top = self.root.contains("//! The modules, from the top.");
            from_the_top.then(|| table.into_iter().rev().collect())
        }
    }

    /// The module that each name re-exported here is from.
    fn exports(&self) -> HashMap<String, String> {
        let uses = self.root.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
        let of = |text: &str| {
            let (module, names) = text.split_once("::")?;
            let names = names.trim_matches(|letter: char| "{} \n,".contains(letter)).split(',');
            let last = |name: &str| name.rsplit("::").next().unwrap_or_default().trim().to_owned();
            Some(names.map(|name| (last(name), module.to_owned())).collect::<Vec<_>>())
        };
        uses.filter_map(of).flatten().collect()
    }

    /// The code of a module without tests, with the path by which each of its files reaches this folder.
    fn files(&self, module: &str) -> Vec<(String, String)> {
        let file = self.path.join(format!("{module}.rs"));
        let mut open = vec![(if file.exists() { file } else { self.path.join(module) }, 1)];
        let mut files = Vec::new();
        while let Some((path, depth)) = open.pop() {
            if path.is_dir() {
                let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
                let depth_of = |path: &Path| if path.ends_with("mod.rs") { depth } else { depth + 1 };
                open.extend(entries.map(|path| {
                    let depth = depth_of(&path);
                    (path, depth)
                }));
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                files.push((code.join("\n"), "super::".repeat(depth)));
            }
        }
        files
    }
}

/// What a text names after a path: one name, or those of a list in braces.
fn named_after(text: &str, path: &str) -> Vec<String> {
    let starts = text.match_indices(path).filter(|(at, _)| !text[..*at].ends_with("::")).map(|(at, _)| at + path.len());
    let lists = starts.map(|at| match text[at..].strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap_or_default(),
        None => text[at..].split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default(),
    });
    let name = |part: &str| part.trim().split("::").next().unwrap_or_default().to_owned();
    lists.flat_map(|list| list.split(',').map(name).collect::<Vec<_>>()).collect()
}

#[test]
fn every_module_has_its_row() {
    let mut tables = 0;
    for folder in Folder::all() {
        let (modules, table) = (folder.modules(), folder.table());
        if modules.len() <= MAX_WITHOUT_TABLE {
            continue;
        }
        tables += 1;
        for module in &modules {
            let rows = table.iter().filter(|row| *row == module).count();
            assert_eq!(rows, 1, "{}: rows of `{module}` in the table", folder.name());
        }
        for row in table {
            let is_file = row == "mod" || folder.path.join(row).is_file();
            assert!(is_file || modules.contains(&row), "{}: a row of `{row}`, which is not there", folder.name());
        }
    }
    assert!(tables >= 15, "{tables} tables found");
}

#[test]
fn no_module_imports_from_one_above_it() {
    let (mut tables, mut imports, mut faults) = (0, 0, Vec::new());
    for folder in Folder::all() {
        let Some(order) = folder.order() else { continue };
        let (exports, name) = (folder.exports(), folder.name());
        tables += 1;
        for (place, module) in order.iter().enumerate() {
            for (code, path) in folder.files(module) {
                for named in [named_after(&code, &path), named_after(&code, &format!("{name}::"))].concat() {
                    let of = exports.get(&named).unwrap_or(&named);
                    let Some(other) = order.iter().position(|other| other == of) else { continue };
                    imports += 1;
                    if other > place {
                        faults.push(format!("{name}: {module} imports {named} of {of}"));
                    }
                }
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "imports from above:\n{}", faults.join("\n"));
    assert!(tables >= 10 && imports > 700, "{imports} imports in {tables} tables found");
}
