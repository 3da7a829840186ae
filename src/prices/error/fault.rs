//! A problem in a file whose name is not known yet.

use super::{Problem, ReadError};
use crate::lines::Numbering;

/// A problem without the name of the file.
#[derive(Debug)]
pub(crate) struct Fault {
    pub line: Option<usize>,
    pub numbering: Numbering,
    pub problem: Box<Problem>,
}

impl Fault {
    pub(crate) fn at(line: usize, problem: Problem) -> Self {
        Self { line: Some(line), numbering: Numbering::Lines, problem: Box::new(problem) }
    }

    /// Sets what the line numbers of the fault count.
    pub(crate) fn counted_in(mut self, numbering: Numbering) -> Self {
        if let Problem::Contradiction { other, .. } = &mut *self.problem {
            *other = std::mem::take(other).counted_in(numbering);
        }
        Self { numbering, ..self }
    }

    pub(crate) fn of(self, file: &str) -> ReadError {
        let Fault { line, numbering, problem } = self;
        ReadError { file: file.to_owned(), line, numbering, series: None, problem }
    }

    /// Returns the error of one series in a file with several.
    pub(crate) fn of_series(self, file: &str, series: &str) -> ReadError {
        ReadError { series: Some(series.to_owned()), ..self.of(file) }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self { line: None, numbering: Numbering::Lines, problem: Box::new(problem) }
    }
}
