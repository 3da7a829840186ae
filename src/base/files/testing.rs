//! Functions for the tests of this folder.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

/// Returns the names of the files in a folder, in order.
pub fn names(folder: &Path) -> Vec<String> {
    let name = |entry: io::Result<DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}
