//! A series that is asked for by its name in a run over several files: files without it are left out.

use super::CliError;
use crate::prices::{Numbering, Problem, ReadError};

/// What is known of a series that was asked for.
#[derive(Debug, Default)]
pub struct Unfound {
    wanted: String,
    /// The series of the files without it, each once.
    names: Vec<String>,
    files: usize,
    /// Whether a file has it.
    pub is_found: bool,
}

impl Unfound {
    /// Takes up a file of several that does not have the series; whether that is what the error says.
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

    /// The error of a series that no file has.
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
