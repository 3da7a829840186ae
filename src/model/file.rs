//! The model file: safetensors with PyTorch's names, and the card as JSON in its metadata.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::{Metadata, TensorView};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde_json::Value;
use thiserror::Error;

use super::card::{Card, MAX_MEMBERS};
use super::forecaster::Forecaster;
use super::{checksum, content, header, place};
use crate::nn::Network;
use crate::nn::parameters::{Parameters, Tensor};

/// The format this program writes, and the newest it reads. Whatever changes the forecast of a file raises it, so that
/// an older program refuses the file instead of forecasting something else.
///
/// 1: the checksum is optional, and unknown entries of the card are ignored beside one. 2: the checksum is required,
/// and an unknown entry anywhere in the card is an error.
pub const FORMAT_VERSION: u32 = 2;

/// The first version whose files have a checksum and known entries only.
const STRICT_VERSION: u32 = 2;

/// The metadata entry that holds the card. It is the only one: with several, their order in the
/// file, and so its bytes, would be left to chance.
pub(super) const CARD: &str = "fourcast";

/// What a file says of its own length must not fill the memory.
pub(super) struct Bounds {
    /// Bytes of the header.
    pub header: u64,
    /// Bytes of the tensors.
    pub tensors: usize,
}

/// Bytes that are read of a file of another kind, to say what it is.
const BEGINNING: u64 = 4096;

pub(super) const MAX_TENSOR_BYTES: usize = 1 << 30;
const OF_MODELS: Bounds = Bounds { header: 4 << 20, tensors: MAX_TENSOR_BYTES };

/// A model file cannot be read or written.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct ModelFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a model file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is none.
    #[error("no such file, expected a model")]
    Missing,
    /// The path is a folder.
    #[error("is a folder, expected a file")]
    Folder,
    /// Another run is to write it.
    #[error("is being trained or updated by another run")]
    Busy,
    /// Whether another run is to write it cannot be found out: another user's lock file cannot be opened.
    #[error("may be trained or updated by another run: its lock file '{}' cannot be opened: {cause}", path.display())]
    LockUnreadable {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// Something that is no file has the name of its lock file.
    #[error("cannot be locked: its lock file '{}' is {found}, expected a file or none", path.display())]
    LockKind {
        /// The lock file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The path is a device, a pipe or a socket.
    #[error("is no ordinary file, expected one or a new name")]
    Special,
    /// The path to read is a device or a socket.
    #[error("is a device, expected a model file")]
    Device,
    /// The path to read is a pipe with a name, which would be waited for until somebody writes.
    #[error("is a named pipe, expected a model file")]
    NamedPipe,
    /// A link to read leads nowhere.
    #[error("is a link to '{}', where there is no file", .0.display())]
    Dangling(PathBuf),
    /// Links that lead to one another.
    #[error("is a link to links that lead in a circle, expected a file or a new name")]
    Links,
    /// A file of another kind, which would be replaced.
    #[error("is {found}, expected {expected} or a new name")]
    Occupied {
        /// What it is.
        found: String,
        /// What may be replaced.
        expected: &'static str,
    },
    /// More weights than any model has.
    #[error("says that it holds {found} bytes of weights, expected at most {most}")]
    TooLarge {
        /// Bytes of its tensors.
        found: usize,
        /// Bytes that they may have.
        most: usize,
    },
    /// A longer header than any model has.
    #[error("has a header of {found} bytes, expected at most {most}")]
    LongHeader {
        /// Its bytes.
        found: u64,
        /// Bytes that it may have.
        most: u64,
    },
    /// More numbers and keys than any model has.
    #[error("has {found} entries in its {place}, expected at most {most}")]
    ManyEntries {
        /// How many, by their commas.
        found: usize,
        /// Where: header or card.
        place: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// Weights of more networks than an ensemble has.
    #[error("has {found} networks, expected at most {MAX_MEMBERS}")]
    ManyNetworks {
        /// How many.
        found: usize,
    },
    /// The operating system refused to read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The operating system refused to write.
    #[error("cannot be written: {0}")]
    Write(io::Error),
    /// The folder it should go to is not there.
    #[error("cannot be written: no folder '{}'", .0.display())]
    NoFolder(PathBuf),
    /// A file of another kind.
    #[error("is {0}, expected a model")]
    OtherKind(String),
    /// Not safetensors, or not all of it.
    #[error("not a whole safetensors file: {0}")]
    Damaged(SafeTensorError),
    /// Safetensors, but not of this program.
    #[error("a safetensors file without the metadata entry '{CARD}', expected a model written by fourcast train")]
    Foreign,
    /// Of another format version.
    #[error("format version {found}, expected {FORMAT_VERSION} or older")]
    Version {
        /// The version in the file.
        found: u64,
    },
    /// The card cannot be understood.
    #[error("metadata '{CARD}': {0}")]
    Card(String),
    /// The card has an entry that this program does not know, and that may change the forecast.
    #[error("metadata '{CARD}': unknown entry '{0}', perhaps written by a newer fourcast")]
    UnknownEntry(String),
    /// The card has no checksum, in a version that requires one.
    #[error(
        "metadata '{CARD}': no '{}', expected the checksum that files of format version {STRICT_VERSION} have",
        checksum::ENTRY
    )]
    NoChecksum,
    /// A tensor is not there.
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
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A tensor has a shape that no memory holds.
    #[error("tensor '{name}' has the shape {shape:?}, expected one that fits into memory")]
    ImpossibleShape {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Card or weights are not what was written.
    #[error("its checksum does not hold: the file was damaged or changed after it was written")]
    Checksum,
    /// The day up to which weights of another program were trained is none.
    #[error("metadata 'trained_until': '{0}' is no date, expected YYYY-MM-DD")]
    TrainedUntil(String),
    /// A weight is not a number.
    #[error("tensor '{0}' holds a value that is not finite")]
    NotFinite(String),
}

impl ModelFileError {
    /// Whether the file is a model all the same, damaged or of another version: such a file may be replaced by a model.
    pub fn is_of_model(&self) -> bool {
        content::head(&self.path).is_ok_and(|head| content::is_model(&head))
    }
}

/// The name of a member's tensor. The first member's are PyTorch's own, so that `torch.nn.LSTM`
/// finds them; the others stand behind a prefix.
pub(super) fn member_name(member: usize, tensor: &Tensor) -> String {
    member_prefix(member) + &tensor.name
}

/// What stands before the names of a member's tensors.
pub(super) fn member_prefix(member: usize) -> String {
    match member {
        0 => String::new(),
        _ => format!("member.{member}."),
    }
}

/// Finds out whether [`save`] could write there, before hours of training and without a trace. A file that is there
/// is replaced only if it is a model.
///
/// # Errors
/// [`ModelFileError`] if it could not.
pub fn check_target(path: &Path) -> Result<(), ModelFileError> {
    check_target_of(path, "a model", content::is_model)
}

/// The same for a file of another kind; `is_one` says of the beginning of a file whether it is of that kind, and may
/// be replaced.
///
/// # Errors
/// [`ModelFileError`] if nothing could be written there.
pub fn check_target_of(
    path: &Path,
    expected: &'static str,
    is_one: impl Fn(&[u8]) -> bool,
) -> Result<(), ModelFileError> {
    let check = || {
        let end = place::check(path)?;
        check_replaced(&end, expected, is_one)?;
        place::try_out(&end).map_err(Problem::Write)
    };
    check().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

/// What is there already must be what is written, or nothing.
fn check_replaced(end: &Path, expected: &'static str, is_one: impl Fn(&[u8]) -> bool) -> Result<(), Problem> {
    match content::head(end) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Problem::Read(cause)),
        Ok(head) if head.is_empty() || is_one(&head) => Ok(()),
        Ok(head) => Err(Problem::Occupied { found: content::in_words(&head), expected }),
    }
}

/// Writes a model whole or not at all (see [`write_atomically`](super::write_atomically)). What [`load`] would refuse
/// is not written.
///
/// # Errors
/// [`ModelFileError`] if the operating system refuses, what is there is no model, or the model holds what is not a
/// number.
pub fn save(forecaster: &Forecaster, path: &Path) -> Result<(), ModelFileError> {
    let save = || {
        let bytes = to_bytes(forecaster)?;
        from_bytes(&read_bounded(&bytes[..], &OF_MODELS)?)?;
        Ok(bytes)
    };
    let bytes = save().map_err(|problem| ModelFileError { path: path.to_owned(), problem })?;
    replace(path, "a model", content::is_model, &bytes)
}

/// Writes a file whole or not at all, over nothing or a file of its own kind (see [`check_target_of`]).
///
/// # Errors
/// [`ModelFileError`] if the operating system refuses, or a file of another kind is there.
pub(super) fn replace(
    path: &Path,
    expected: &'static str,
    is_one: impl Fn(&[u8]) -> bool,
    bytes: &[u8],
) -> Result<(), ModelFileError> {
    let write = || {
        let end = place::check(path)?;
        check_replaced(&end, expected, is_one)?;
        place::write(&end, bytes).map_err(Problem::Write)
    };
    write().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

fn to_bytes(forecaster: &Forecaster) -> Result<Vec<u8>, Problem> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (member, weights) in forecaster.members.iter().enumerate() {
        for tensor in weights.tensors() {
            let values = weights.unpack(tensor, &weights.values);
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.push((member_name(member, tensor), tensor.shape.clone(), bytes));
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(Problem::Damaged)?;
    // A model of an older version is written in the present one.
    let card = Card { format_version: FORMAT_VERSION, ..forecaster.card.clone() };
    let card = serde_json::to_string(&card).map_err(|cause| Problem::Card(cause.to_string()))?;
    let card = checksum::seal(&card, tensors.iter().map(|(_, _, bytes)| &bytes[..]));
    let metadata = HashMap::from([(CARD.to_owned(), card)]);
    safetensors::serialize(views, Some(metadata)).map_err(Problem::Damaged)
}

/// Reads a model and checks all of it. A pipe will do if its writer is there, as a shell's are; a named pipe, which
/// may have none, and a device, which may have no end, will not.
///
/// # Errors
/// [`ModelFileError`] if it is not a whole model of a version this program knows.
pub fn load(path: &Path) -> Result<Forecaster, ModelFileError> {
    let load = || from_bytes(&read_file(path)?);
    load().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

/// Reads a model that is in memory, as [`load`] reads that of a file; errors name `path`.
///
/// # Errors
/// [`ModelFileError`] if it is not a whole model of a version this program knows.
pub fn load_bytes(path: &Path, bytes: &[u8]) -> Result<Forecaster, ModelFileError> {
    let load = || from_bytes(&read_bounded(bytes, &OF_MODELS)?);
    load().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

/// The bytes of a file, or of a pipe, that may be a model.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    let refused = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => path.read_link().map_or(Problem::Missing, Problem::Dangling),
        _ if matches!(place::check(path), Err(Problem::Links)) => Problem::Links,
        _ => Problem::Read(cause),
    };
    check_kind(path, &fs::metadata(path).map_err(refused)?)?;
    read_bounded(File::open(path).map_err(refused)?, &OF_MODELS)
}

/// The card of a file, if it has one.
pub(super) fn of_metadata(metadata: &Metadata) -> Option<&String> {
    metadata.metadata().as_ref().and_then(|entries| entries.get(CARD))
}

/// Whether a model may be read there: in a file, or from a pipe that a process holds open.
fn check_kind(path: &Path, data: &fs::Metadata) -> Result<(), Problem> {
    #[cfg(unix)]
    let is_pipe = std::os::unix::fs::FileTypeExt::is_fifo(&data.file_type());
    #[cfg(not(unix))]
    let is_pipe = false;
    match data.file_type() {
        kind if kind.is_dir() => Err(Problem::Folder),
        kind if kind.is_file() => Ok(()),
        _ if is_pipe && place::is_of_the_system(path) => Ok(()),
        _ if is_pipe => Err(Problem::NamedPipe),
        _ => Err(Problem::Device),
    }
}

/// The bytes of a model: the header, as many bytes as it states, within the bounds, and one more, by which a file
/// that is too long is recognised. Of a file that is no model, the beginning only.
pub(super) fn read_bounded(mut file: impl Read, bounds: &Bounds) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut read =
        |bytes: &mut Vec<u8>, count: u64| file.by_ref().take(count).read_to_end(bytes).map(drop).map_err(Problem::Read);
    read(&mut bytes, 8)?;
    match bytes.first_chunk().map(|length| u64::from_le_bytes(*length)) {
        Some(length) if length <= bounds.header => read(&mut bytes, length)?,
        Some(found) => {
            read(&mut bytes, BEGINNING)?;
            // What it is instead is reported where it is parsed.
            let is_header = bytes.get(8) == Some(&b'{');
            return if is_header { Err(Problem::LongHeader { found, most: bounds.header }) } else { Ok(bytes) };
        }
        None => return Ok(bytes),
    }
    check_entries_of("header", &bytes[8..], header::MAX_IN_HEADER)?;
    let Ok(header) = serde_json::from_slice::<Metadata>(&bytes[8..]) else { return Ok(bytes) };
    let (found, most) = (header.data_len(), bounds.tensors);
    if found > most {
        return Err(Problem::TooLarge { found, most });
    }
    read(&mut bytes, found as u64 + 1)?;
    Ok(bytes)
}

/// Before anything is read from a text, which could take fifty times its size.
fn check_entries_of(place: &'static str, json: &[u8], most: usize) -> Result<(), Problem> {
    let found = header::commas(json);
    if found > most { Err(Problem::ManyEntries { found, place, most }) } else { Ok(()) }
}

/// The header of a safetensors file.
pub(super) fn read_metadata(bytes: &[u8]) -> Result<(usize, Metadata), Problem> {
    if bytes.is_empty() {
        return Err(Problem::OtherKind("an empty file".into()));
    }
    SafeTensors::read_metadata(bytes).map_err(|cause| match content::is_of_other_kind(bytes) {
        true => Problem::OtherKind(content::in_words(bytes)),
        false => Problem::Damaged(cause),
    })
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Forecaster, Problem> {
    let (_, metadata) = read_metadata(bytes)?;
    let file = SafeTensors::deserialize(bytes).map_err(Problem::Damaged)?;
    let text = of_metadata(&metadata).ok_or(Problem::Foreign)?;
    let (card, checksum) = parse_card(text)?;
    let mut network = Network::<f32>::describe(card.config.shape());
    // All shapes before any memory: a damaged size must not ask for more than the file holds.
    for member in 0..card.config.ensemble {
        network.tensors().iter().try_for_each(|tensor| view(&file, tensor, member).map(drop))?;
    }
    network.allocate();
    let members: Result<Vec<_>, _> = (0..card.config.ensemble).map(|member| weights(&file, &network, member)).collect();
    let members = members?;
    let known = members.len() * network.tensors().len();
    if file.len() > known {
        let expected = |name: &str| {
            (0..members.len()).any(|member| network.tensors().iter().any(|tensor| member_name(member, tensor) == name))
        };
        let stray = file.names().into_iter().find(|name| !expected(name)).unwrap_or_default();
        return Err(Problem::StrayTensor(stray.to_owned()));
    }
    // Last, so that an error that has a name of its own is reported by it.
    match checksum {
        Some(sum) if !checksum::holds(text, &sum, data(&file, &network, members.len())?.into_iter()) => {
            Err(Problem::Checksum)
        }
        _ => Ok(Forecaster { card, members, file_sha256: Some(checksum::of_bytes(bytes)) }),
    }
}

/// The bytes of every tensor, in the order in which they were written.
fn data<'a>(file: &SafeTensors<'a>, network: &Parameters<f32>, members: usize) -> Result<Vec<&'a [u8]>, Problem> {
    let of_member = |member| network.tensors().iter().map(move |tensor| (tensor, member));
    (0..members).flat_map(of_member).map(|(tensor, member)| Ok(view(file, tensor, member)?.data())).collect()
}

/// The card, and the checksum that came with it; files of version 1 may have none.
fn parse_card(json: &str) -> Result<(Card, Option<String>), Problem> {
    let unreadable = |cause: serde_json::Error| Problem::Card(cause.to_string());
    check_entries_of("card", json.as_bytes(), header::MAX_IN_CARD)?;
    let entries: Value = serde_json::from_str(json).map_err(unreadable)?;
    // The version first: a newer file may well not parse as today's card.
    match entries.get("format_version").and_then(Value::as_u64) {
        Some(found) if found > u64::from(FORMAT_VERSION) || found == 0 => return Err(Problem::Version { found }),
        Some(_) => {}
        None => return Err(Problem::Card("no 'format_version', expected a number".into())),
    }
    let checksum = match entries.get(checksum::ENTRY) {
        Some(sum) => Some(sum.as_str().ok_or(Problem::Checksum)?.to_owned()),
        None => None,
    };
    let mut unknown = Vec::new();
    let card: Card = serde_ignored::deserialize(entries, |path| unknown.push(path.to_string())).map_err(unreadable)?;
    card.check().map_err(Problem::Card)?;
    check_entries(&card, checksum.is_some(), unknown)?;
    Ok((card, checksum))
}

/// Refuses entries of a card that are not known, and a checksum that is not there. Of a file of version 1 only entries
/// of the card itself, and only where it has no checksum: one of them may be the checksum's, its name damaged.
fn check_entries(card: &Card, has_checksum: bool, unknown: Vec<String>) -> Result<(), Problem> {
    let is_strict = card.format_version >= STRICT_VERSION;
    let unknown = unknown.into_iter().filter(|path| path != checksum::ENTRY).map(|path| path.replace("?.", ""));
    let mut refused = unknown.filter(|path| is_strict || !has_checksum && !path.contains('.'));
    match refused.next() {
        Some(path) => Err(Problem::UnknownEntry(path)),
        None if is_strict && !has_checksum => Err(Problem::NoChecksum),
        None => Ok(()),
    }
}

/// A member's tensor in the file, of the right shape.
fn view<'a>(file: &SafeTensors<'a>, tensor: &Tensor, member: usize) -> Result<TensorView<'a>, Problem> {
    let name = member_name(member, tensor);
    let view = file.tensor(&name).map_err(|_| Problem::MissingTensor(name.clone()))?;
    if view.dtype() != Dtype::F32 || view.shape() != tensor.shape {
        let found = format!("{:?} {:?}", view.dtype(), view.shape());
        return Err(Problem::Misshapen { name, found, expected: format!("F32 {:?}", tensor.shape) });
    }
    Ok(view)
}

fn weights(file: &SafeTensors<'_>, like: &Parameters<f32>, member: usize) -> Result<Parameters<f32>, Problem> {
    let mut weights = like.clone();
    for tensor in like.tensors() {
        let view = view(file, tensor, member)?;
        weights.pack(tensor, array(&member_name(member, tensor), &view)?.view());
    }
    Ok(weights)
}

/// The numbers of a tensor of single precision.
pub(super) fn array(name: &str, view: &TensorView<'_>) -> Result<ArrayD<f32>, Problem> {
    let (values, _) = view.data().as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Problem::NotFinite(name.to_owned()));
    }
    match ArrayD::from_shape_vec(IxDyn(view.shape()), values) {
        Ok(array) => Ok(array),
        // Safetensors has checked the number of values, which is none where one size is 0, however large the others
        // are.
        Err(_) => Err(Problem::ImpossibleShape { name: name.to_owned(), shape: view.shape().to_vec() }),
    }
}
