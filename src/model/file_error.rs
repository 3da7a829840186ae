//! Why a model file cannot be read or written.

use std::path::PathBuf;

use safetensors::SafeTensorError;
use thiserror::Error;

use super::limits::MAX_MEMBERS;
use fourcast_base::files::kind::MODEL_ENTRY as CARD;
use fourcast_base::files::{FileError, FileProblem, checksum, kind};
use fourcast_base::words::shown;
use fourcast_prices::YEARS;

/// The newest format, which this program reads and writes. Every change that affects the forecast of a file raises it,
/// so that an older program refuses the file instead of making a different forecast.
///
/// 1: the checksum is optional, and unknown entries of the card are ignored if there is one. 2: the checksum is
/// required, and an unknown entry anywhere in the card is an error. 3: events multiply the standard deviation of their
/// session (`event_factors`); a card without such factors has the same meaning in version 2, and is written as version
/// 2.
pub const FORMAT_VERSION: u32 = EVENTS_VERSION;

/// The version of files without event factors.
pub(super) const PLAIN_VERSION: u32 = 2;
/// The version of files with event factors.
pub(super) const EVENTS_VERSION: u32 = 3;

/// The first version whose files must have a checksum and must not have unknown entries.
pub(super) const STRICT_VERSION: u32 = 2;

/// Why a model file cannot be read or written.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct ModelFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with the file.
    #[source]
    pub problem: Problem,
}

impl From<FileError> for ModelFileError {
    fn from(FileError { path, problem }: FileError) -> Self {
        ModelFileError { path, problem: Problem::File(problem) }
    }
}

/// What is wrong with a model file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read or written, whatever its contents.
    #[error(transparent)]
    File(#[from] FileProblem),
    /// The file does not exist.
    #[error("no such file, expected a model")]
    Missing,
    /// The path to read is a device or a socket.
    #[error("is a device, expected a model file")]
    Device,
    /// The path to read is a named pipe, for which the program would wait until a process writes to it.
    #[error("is a named pipe, expected a model file")]
    NamedPipe,
    /// A link to read leads to no file.
    #[error("is a link to '{}', where there is no file", .0.display())]
    Dangling(PathBuf),
    /// More weights than any model has.
    #[error("says that it holds {found} bytes of weights, expected at most {max}")]
    TooLarge {
        /// Bytes of the file's tensors.
        found: usize,
        /// Maximum number of bytes.
        max: usize,
    },
    /// A longer header than any model has.
    #[error("has a header of {found} bytes, expected at most {max}")]
    LongHeader {
        /// Bytes of the header.
        found: u64,
        /// Maximum number of bytes.
        max: u64,
    },
    /// More numbers and keys than any model has.
    #[error("has {found} entries in its {place}, expected at most {max}")]
    ManyEntries {
        /// The number, counted by commas.
        found: usize,
        /// The place: header or card.
        place: &'static str,
        /// The maximum number.
        max: usize,
    },
    /// Weights of more networks than an ensemble can have.
    #[error("has {found} networks, expected at most {MAX_MEMBERS}")]
    ManyNetworks {
        /// The number of networks.
        found: usize,
    },
    /// A file of another kind.
    #[error("is {0}, expected a model")]
    OtherKind(String),
    /// Not safetensors, or not a complete file.
    #[error("not a whole safetensors file: {0}")]
    Damaged(SafeTensorError),
    /// Safetensors, but not written by this program.
    #[error("a safetensors file without the metadata entry '{CARD}', expected a model written by fourcast train")]
    Foreign,
    /// The file has another format version.
    #[error("format version {found}, expected {FORMAT_VERSION} or older")]
    Version {
        /// The version in the file.
        found: u64,
    },
    /// The card cannot be parsed.
    #[error("metadata '{CARD}': {0}")]
    Card(String),
    /// The card has an entry that is unknown to this program and that can affect the forecast.
    #[error("metadata '{CARD}': unknown entry '{0}', perhaps written by a newer fourcast")]
    UnknownEntry(String),
    /// The card has no checksum, in a version that requires one.
    #[error(
        "metadata '{CARD}': no '{}', expected the checksum that files of format version {STRICT_VERSION} have",
        checksum::ENTRY
    )]
    NoChecksum,
    /// A tensor is missing.
    #[error("no tensor '{0}', expected it for the network the file describes")]
    MissingTensor(String),
    /// A tensor that the network does not have.
    #[error("tensor '{0}' does not belong to the network the file describes")]
    StrayTensor(String),
    /// A tensor has another shape or number type.
    #[error("tensor '{name}': {found}, expected {expected}")]
    Misshapen {
        /// The tensor.
        name: String,
        /// Its shape or type.
        found: String,
        /// The expected shape or type.
        expected: String,
    },
    /// A tensor has a shape that does not fit in memory.
    #[error("tensor '{name}' has the shape {shape:?}, expected one that fits into memory")]
    ImpossibleShape {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The card or the weights have changed since they were written.
    #[error("its checksum does not match: the file was damaged or changed after it was written")]
    Checksum,
    /// The day up to which weights of another program were trained is not a date.
    #[error("metadata 'trained_until': '{}' is not a day from {} to {}, expected YYYY-MM-DD", shown(.0.as_str()), YEARS.start(), YEARS.end())]
    TrainedUntil(String),
    /// A weight is not finite.
    #[error("tensor '{0}' holds a value that is not finite")]
    NotFinite(String),
}

impl ModelFileError {
    /// Whether the file is nevertheless a model, damaged or of another version: a model can replace such a file.
    pub fn is_of_model(&self) -> bool {
        kind::head(&self.path).is_ok_and(|head| kind::is_model(&head))
    }
}
