//! A series requested by name in a run over several files: files without it are left out.

use super::CliError;
use crate::prices::{Numbering, Problem, ReadError};

/// What is known of a requested series.
#[derive(Debug, Default)]
pub struct Unfound {
    wanted: String,
    /// The series of the files without it, without duplicates.
    names: Vec<String>,
    files: usize,
    /// Whether a file contains it.
    pub is_found: bool,
}

impl Unfound {
    /// Records one of several files that does not contain the series. Returns whether that is what the error states.
    pub fn takes(&mut self, files: usize, error: &ReadError) -> bool {
        let Problem::UnknownSeries { wanted, series } = &*error.problem else { return false };
        if files < 2 {
            return false;
        }
        self.wanted.clone_from(wanted);
        self.files += 1;
        for name in series {
            if !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
        true
    }

    /// Returns the error of a series that no file contains.
    pub fn error(&self) -> Option<CliError> {
        if self.is_found || self.files == 0 {
            return None;
        }
        let problem = Problem::UnknownSeries { wanted: self.wanted.clone(), series: self.names.clone() };
        let file = format!("{} files", self.files);
        Some(CliError::of_read(&ReadError {
            file,
            line: None,
            numbering: Numbering::Lines,
            series: None,
            problem: Box::new(problem),
        }))
    }
}
