//! Checks of the module tables in the `lib.rs` and `mod.rs` files. Each module has a row, and if a table says so, no
//! module imports from one above it. No crate depends on one above it, and only the program's crate names options.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with more modules than this need a table, and so do all crates.
const MAX_WITHOUT_TABLE: usize = 6;

/// A folder of modules: its path, and the text of the file that declares them.
struct Folder {
    path: PathBuf,
    declarations: String,
}

impl Folder {
    fn all() -> Vec<Folder> {
        let mut found = Vec::new();
        let mut open = vec![source()];
        while let Some(path) = open.pop() {
            let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            open.extend(entries.filter(|path| path.is_dir()));
            found.extend(Folder::of(path));
        }
        found
    }

    fn of(path: PathBuf) -> Option<Folder> {
        let text = fs::read_to_string(path.join("lib.rs")).or_else(|_| fs::read_to_string(path.join("mod.rs")));
        text.ok().map(|declarations| Folder { path, declarations })
    }

    fn is_crate(&self) -> bool {
        self.path.join("lib.rs").is_file()
    }

    /// Returns its path in the code of its crate: `crate`, `crate::kernels`.
    fn name(&self) -> String {
        let of_crate = self.path.ancestors().find(|path| path.join("lib.rs").is_file()).unwrap();
        let parts = self.path.strip_prefix(of_crate).unwrap().iter().map(|part| part.to_str().unwrap());
        std::iter::once("crate").chain(parts).collect::<Vec<_>>().join("::")
    }

    /// Returns the modules that it declares, without those of tests.
    fn modules(&self) -> Vec<&str> {
        let lines: Vec<&str> = self.declarations.lines().collect();
        let mut modules = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            let declared = line.strip_suffix(';').and_then(|line| match line.rsplit_once("mod ") {
                Some((visibility, name)) if visibility.is_empty() || visibility.starts_with("pub") => Some(name),
                _ => None,
            });
            let is_test = place > 0 && lines[place - 1].starts_with("#[cfg(") && lines[place - 1].contains("test");
            modules.extend(declared.filter(|_| !is_test));
        }
        modules
    }

    /// Returns what must have a row in the table: the modules; for the root crate also the crates that it re-exports,
    /// and the modules of `base`.
    fn with_rows(&self) -> Vec<String> {
        let mut named: Vec<String> = self.modules().into_iter().map(str::to_owned).collect();
        if self.path == source() {
            named.extend(crates().into_iter().filter(|name| name != "base"));
            named.extend(Folder::of(source().join("base")).unwrap().modules().into_iter().map(str::to_owned));
        }
        named
    }

    /// Returns the modules in the order of the table.
    fn table(&self) -> Vec<&str> {
        let rows = self.declarations.lines().filter_map(|line| line.strip_prefix("//! | "));
        let cells = rows.filter_map(|row| row.split(" | ").next());
        cells.filter(|cell| cell.contains('`')).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
    }

    /// Returns the modules from the bottom, if the table is in the order of imports.
    fn order(&self) -> Option<Vec<&str>> {
        let is_ordered = self.declarations.contains("//! The modules, from the bottom.");
        is_ordered.then(|| self.table())
    }

    /// Returns, for each name that modules here can import from this folder, the module that it comes from. Names that
    /// are imported or re-exported here come from their modules; names that are declared here come from `mod`.
    fn names(&self) -> HashMap<String, String> {
        let mut names: HashMap<String, String> = self.own().into_iter().map(|name| (name, "mod".to_owned())).collect();
        for (_, used) in self.uses() {
            let Some((module, used)) = used.split_once("::") else { continue };
            let used = used.trim_matches(|letter: char| "{} \n,".contains(letter)).split(',');
            let last = |name: &str| name.rsplit([':', ' ', '\n']).next().unwrap_or_default().to_owned();
            names.extend(used.map(|name| (last(name.trim()), module.to_owned())));
        }
        names
    }

    /// Returns the items that are declared here, without modules.
    fn own(&self) -> Vec<String> {
        const KINDS: [&str; 7] = ["fn", "struct", "enum", "trait", "const", "type", "static"];
        let name = |line: &str| {
            let mut words = line.split([' ', '(', '<', ':', ';', '{']).skip_while(|word| !KINDS.contains(word));
            words.find(|word| !KINDS.contains(word)).map(str::to_owned)
        };
        let code = without_tests(&self.declarations);
        code.lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(name)
            .collect()
    }

    /// Returns the imports of this file, and whether each is re-exported.
    fn uses(&self) -> Vec<(bool, String)> {
        let code = without_tests(&self.declarations);
        let statement = |text: &str| {
            let text = text.lines().filter(|line| !line.starts_with("#[")).collect::<Vec<_>>().join("\n");
            let (visibility, used) = text.trim_start().split_once("use ")?;
            let is_use = visibility.is_empty() || visibility.starts_with("pub") && !visibility.contains(' ');
            let is_use = is_use || visibility.starts_with("pub(") && visibility.ends_with(") ");
            (is_use || visibility == "pub ").then(|| (!visibility.is_empty(), used.to_owned()))
        };
        code.split_inclusive(';').filter_map(|text| statement(text.trim_end_matches(';'))).collect()
    }

    /// Returns the names of this folder that a module uses; for `mod`, the modules that the code here uses. The modules
    /// of `base` have no files in the folder of the root crate: they are checked in the table of `base`.
    fn named_by(&self, module: &str) -> Vec<String> {
        if module == "mod" {
            return self.named_here();
        }
        let files = self.files(module);
        if self.path == source() && is_crate(&self.path.join(module)) {
            return files.iter().flat_map(|(code, _)| crates_named_by(code)).collect();
        }
        let name = format!("{}::", self.name());
        let named = |(code, path): &(String, String)| [named_after(code, path), named_after(code, &name)].concat();
        files.iter().flat_map(named).collect()
    }

    /// Returns the modules that the code here uses, except in re-exports.
    fn named_here(&self) -> Vec<String> {
        let re_exports: Vec<String> =
            self.uses().into_iter().filter(|(public, _)| *public).map(|(_, used)| used).collect();
        let code =
            re_exports.iter().fold(without_tests(&self.declarations), |code, used| code.replace(used.as_str(), ""));
        let is_named = |module: &&str| {
            let path = format!("{module}::");
            let starts_here =
                |at| !code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before));
            code.match_indices(&path).any(|(at, _)| starts_here(at))
        };
        self.modules().into_iter().filter(is_named).map(str::to_owned).collect()
    }

    /// Returns the code of a module without tests, and for each of its files the path by which it reaches this folder.
    fn files(&self, module: &str) -> Vec<(String, String)> {
        let places = [self.path.join(format!("{module}.rs")), self.path.join(module)];
        let mut open: Vec<_> =
            places.into_iter().find(|place| place.exists()).map(|place| (place, 1)).into_iter().collect();
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
                files.push((without_tests(&text), "super::".repeat(depth)));
            }
        }
        files
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn is_crate(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file()
}

/// Returns the folders of the crates under `src`.
fn crates() -> Vec<String> {
    let entries = fs::read_dir(source()).unwrap().map(|entry| entry.unwrap());
    let crates = entries.filter(|entry| is_crate(&entry.path()));
    crates.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Returns the crates of this workspace on which a crate depends, without those of its tests.
fn dependencies(name: &str) -> Vec<String> {
    let manifest = fs::read_to_string(source().join(name).join("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.strip_prefix("fourcast-")?.split(['.', ' ']).next());
    names.map(str::to_owned).collect()
}

/// Returns the other crates that the code of a crate names; for `base`, its modules.
fn crates_named_by(code: &str) -> Vec<String> {
    let mut named = named_after(code, "fourcast_base::");
    let crates = code.split("fourcast_").skip(1);
    named.extend(
        crates.filter_map(|rest| rest.split(|letter: char| !letter.is_alphanumeric()).next()).map(str::to_owned),
    );
    named
}

/// Returns a file without its unit tests and comments.
fn without_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = code.replace("#[cfg(test)]\n", "");
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Returns the names after a path in a text: one name, or those of a list in braces.
fn named_after(text: &str, path: &str) -> Vec<String> {
    let starts = text.match_indices(path).filter(|(at, _)| !text[..*at].ends_with("::")).map(|(at, _)| at + path.len());
    let lists = starts.map(|at| match text[at..].strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap_or_default(),
        None => text[at..].split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default(),
    });
    let name = |part: &str| part.trim().split("::").next().unwrap_or_default().to_owned();
    lists.flat_map(|list| list.split(',').map(name).collect::<Vec<_>>()).collect()
}

/// Options belong to the command line: the library gives causes, and `cli` names the options.
#[test]
fn the_library_names_no_option() {
    let of_program = ["cli", "report"].map(|module| source().join(module));
    let (mut count, mut open) = (0, vec![source()]);
    while let Some(path) = open.pop() {
        if of_program.contains(&path) {
            continue;
        }
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            count += 1;
            let code = without_tests(&fs::read_to_string(&path).unwrap());
            let mut after_dashes = code.split("--").skip(1);
            let names = after_dashes.any(|rest| rest.starts_with(|letter: char| letter.is_ascii_lowercase()));
            assert!(!names, "{} names an option", path.display());
        }
    }
    assert!(count > 330, "{count} files");
}

#[test]
fn every_module_has_its_row() {
    let mut tables = 0;
    for folder in Folder::all() {
        let (modules, table) = (folder.with_rows(), folder.table());
        if modules.len() <= MAX_WITHOUT_TABLE && !folder.is_crate() {
            continue;
        }
        tables += 1;
        for module in &modules {
            let rows = table.iter().filter(|row| **row == module.as_str()).count();
            assert_eq!(rows, 1, "{}: rows of `{module}` in the table", folder.name());
        }
        for row in table {
            let is_file = row == "mod" || folder.path.join(row).is_file();
            assert!(
                is_file || modules.iter().any(|module| module == row),
                "{}: a row of `{row}`, which is not there",
                folder.name()
            );
        }
    }
    assert!(tables >= 22, "{tables} tables found");
}

#[test]
fn no_crate_depends_on_one_above_it() {
    let root = Folder::of(source()).unwrap();
    let mut order: Vec<&str> = root.order().unwrap().into_iter().filter(|row| is_crate(&source().join(row))).collect();
    order.insert(0, "base");
    assert_eq!(order.len(), crates().len(), "crates without a row: {order:?} of {:?}", crates());
    for (place, name) in order.iter().enumerate() {
        for other in dependencies(name) {
            // Contains only bytes, and is outside `src`.
            if other != "pretrained" {
                assert!(order[..place].contains(&other.as_str()), "{name} depends on {other}");
            }
        }
    }
    assert!(dependencies("nn").is_empty(), "the networks work on arrays alone");
    for name in ["prices", "features"] {
        assert!(!dependencies(name).iter().any(|other| other == "nn"), "{name} depends on the networks");
    }
    assert!(dependencies("eval").len() >= 5, "{:?}", dependencies("eval"));
}

/// A package contains only the files of its own folder.
#[test]
fn every_crate_has_its_licences_and_a_readme() {
    let folders = crates().into_iter().map(|name| source().join(name)).chain([source().join("../data/pretrained")]);
    for folder in folders {
        for name in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            assert!(folder.join(name).is_file(), "{} has no {name}", folder.display());
        }
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for key in ["description = ", "license.workspace", "keywords.workspace", "readme = "] {
            assert!(manifest.contains(key), "{}: no `{key}` in the manifest", folder.display());
        }
    }
}

#[test]
fn no_module_imports_from_one_above_it() {
    let (mut tables, mut imports, mut faults) = (0, 0, Vec::new());
    for folder in Folder::all() {
        let Some(order) = folder.order() else { continue };
        let names = folder.names();
        let before = imports;
        tables += 1;
        for (place, module) in order.iter().enumerate() {
            let read = imports;
            for named in folder.named_by(module) {
                let of = if order.contains(&named.as_str()) { &named } else { names.get(&named).unwrap_or(&named) };
                let Some(other) = order.iter().position(|other| other == of) else { continue };
                imports += 1;
                if other > place {
                    faults.push(format!("{}: {module} imports {named} of {of}", folder.name()));
                }
            }
            // In the root crate's table, the modules of `base` are checked elsewhere, and the networks import nothing.
            let has_imports = folder.path == source() && source().join(module).is_dir() && *module != "nn";
            assert!(!has_imports || imports > read, "no import of src/{module} read");
        }
        assert!(imports > before, "no import read in {}", folder.path.display());
    }
    faults.dedup();
    assert!(faults.is_empty(), "imports from above:\n{}", faults.join("\n"));
    assert!(tables >= 26 && imports > 2_200, "{imports} imports in {tables} tables found");
}
