//! The model file: safetensors with PyTorch's tensor names, and the card as JSON in its metadata.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::{Metadata, TensorView};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde_json::Value;

use super::card::Card;
use super::file_error::{FORMAT_VERSION, ModelFileError, Problem, STRICT_VERSION};
use super::forecaster::Forecaster;
use super::header::{MAX_IN_CARD, OF_MODELS, check_entries_of, read_bounded};
use fourcast_base::files::kind::MODEL_ENTRY as CARD;
use fourcast_base::files::{self, FileProblem, checksum, kind, location};
use fourcast_nn::Network;
use fourcast_nn::parameters::{Parameters, Tensor};

/// Returns the name of a member's tensor. The names of the first member are PyTorch's, so that `torch.nn.LSTM` can load
/// it; those of the other members have a prefix.
pub(super) fn member_name(member: usize, tensor: &Tensor) -> String {
    member_prefix(member) + &tensor.name
}

/// Returns the prefix of the names of a member's tensors.
pub(super) fn member_prefix(member: usize) -> String {
    match member {
        0 => String::new(),
        _ => format!("member.{member}."),
    }
}

/// Checks, before hours of training, that [`save`] can write to `path`, and leaves no trace. An existing file is
/// replaced only if it is a model.
///
/// # Errors
/// [`ModelFileError`] if it cannot.
pub fn check_target(path: &Path) -> Result<(), ModelFileError> {
    Ok(files::check_target(path, "a model", kind::is_model)?)
}

/// Writes a model completely or not at all (see [`write_atomically`](fourcast_base::files::write_atomically)). A model
/// that [`load`] would refuse is not written.
///
/// # Errors
/// [`ModelFileError`] if the operating system refuses, the existing file is not a model, or the model contains a value
/// that is not finite.
pub fn save(forecaster: &Forecaster, path: &Path) -> Result<(), ModelFileError> {
    let save = || {
        let bytes = to_bytes(forecaster)?;
        from_bytes(&read_bounded(&bytes[..], &OF_MODELS)?)?;
        Ok(bytes)
    };
    let bytes = save().map_err(|problem| ModelFileError { path: path.to_owned(), problem })?;
    Ok(files::replace(path, "a model", kind::is_model, &bytes)?)
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
    // A model of an older version is written in a current version.
    let card = Card { format_version: forecaster.card.version(), ..forecaster.card.clone() };
    let card = serde_json::to_string(&card).map_err(|cause| Problem::Card(cause.to_string()))?;
    let card = checksum::seal(&card, tensors.iter().map(|(_, _, bytes)| &bytes[..]));
    let metadata = HashMap::from([(CARD.to_owned(), card)]);
    safetensors::serialize(views, Some(metadata)).map_err(Problem::Damaged)
}

/// Reads a model and checks all of it. A pipe that a process holds open, such as a shell's, can be read. A named pipe,
/// which might have no writer, and a device, which might have no end, cannot.
///
/// # Errors
/// [`ModelFileError`] if it is not a complete model of a version that this program can read.
pub fn load(path: &Path) -> Result<Forecaster, ModelFileError> {
    let load = || from_bytes(&read_file(path)?);
    load().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

/// Reads a model that is in memory, as [`load`] reads a file; errors name `path`.
///
/// # Errors
/// [`ModelFileError`] if it is not a complete model of a version that this program can read.
pub fn load_bytes(path: &Path, bytes: &[u8]) -> Result<Forecaster, ModelFileError> {
    let load = || from_bytes(&read_bounded(bytes, &OF_MODELS)?);
    load().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

/// Reads the bytes of a file or pipe that might be a model.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    let refused = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => path.read_link().map_or(Problem::Missing, Problem::Dangling),
        _ if matches!(location::check(path), Err(FileProblem::Links)) => FileProblem::Links.into(),
        _ => FileProblem::Read(cause).into(),
    };
    check_kind(path, &fs::metadata(path).map_err(refused)?)?;
    read_bounded(File::open(path).map_err(refused)?, &OF_MODELS)
}

/// Returns the card in a file's metadata, if there is one.
pub(super) fn of_metadata(metadata: &Metadata) -> Option<&String> {
    metadata.metadata().as_ref().and_then(|entries| entries.get(CARD))
}

/// Checks that a model can be read from this kind of file: a regular file, or a pipe that a process holds open.
fn check_kind(path: &Path, data: &fs::Metadata) -> Result<(), Problem> {
    #[cfg(unix)]
    let is_pipe = std::os::unix::fs::FileTypeExt::is_fifo(&data.file_type());
    #[cfg(not(unix))]
    let is_pipe = false;
    match data.file_type() {
        kind if kind.is_dir() => Err(FileProblem::Folder.into()),
        kind if kind.is_file() => Ok(()),
        _ if is_pipe && location::is_of_the_system(path) => Ok(()),
        _ if is_pipe => Err(Problem::NamedPipe),
        _ => Err(Problem::Device),
    }
}

/// Reads the header of a safetensors file.
pub(super) fn read_metadata(bytes: &[u8]) -> Result<(usize, Metadata), Problem> {
    if bytes.is_empty() {
        return Err(Problem::OtherKind("an empty file".into()));
    }
    SafeTensors::read_metadata(bytes).map_err(|cause| match kind::is_of_other_kind(bytes) {
        true => Problem::OtherKind(kind::in_words(bytes)),
        false => Problem::Damaged(with_first_name(bytes, cause)),
    })
}

/// Returns the error with the first tensor by name that it can be about: if several have the same position, the reader
/// names any of them.
fn with_first_name(bytes: &[u8], cause: SafeTensorError) -> SafeTensorError {
    let SafeTensorError::InvalidOffset(name) = &cause else { return cause };
    let header = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length) as usize);
    let header = bytes.get(8..).and_then(|rest| rest.get(..header)).unwrap_or_default();
    let Ok(Value::Object(tensors)) = serde_json::from_slice::<Value>(header) else { return cause };
    let start = |tensor: &Value| tensor["data_offsets"][0].as_u64();
    let same = tensors.iter().filter(|(_, tensor)| start(tensor) == start(&tensors[name]));
    let first = same.map(|(name, _)| name.clone()).min();
    first.map_or_else(|| SafeTensorError::InvalidOffset(name.clone()), SafeTensorError::InvalidOffset)
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Forecaster, Problem> {
    let (_, metadata) = read_metadata(bytes)?;
    let file = SafeTensors::deserialize(bytes).map_err(Problem::Damaged)?;
    let text = of_metadata(&metadata).ok_or(Problem::Foreign)?;
    let (card, checksum) = parse_card(text)?;
    let mut network = Network::<f32>::describe(card.config.shape());
    // All shapes are checked before memory is allocated: a damaged size must not require more than the file holds.
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
        // The first by name, because the order in the file differs between runs.
        let stray = file.names().into_iter().filter(|name| !expected(name)).min().unwrap_or_default();
        return Err(Problem::StrayTensor(stray.to_owned()));
    }
    // The checksum comes last, so that damage with a more specific error is reported as that error.
    match checksum {
        Some(sum) if !checksum::holds(text, &sum, data(&file, &network, members.len())?.into_iter()) => {
            Err(Problem::Checksum)
        }
        _ => Ok(Forecaster { card, members, file_sha256: Some(checksum::of_bytes(bytes)) }),
    }
}

/// Returns the bytes of every tensor, in the order in which they were written.
fn data<'a>(file: &SafeTensors<'a>, network: &Parameters<f32>, members: usize) -> Result<Vec<&'a [u8]>, Problem> {
    let of_member = |member| network.tensors().iter().map(move |tensor| (tensor, member));
    (0..members).flat_map(of_member).map(|(tensor, member)| Ok(view(file, tensor, member)?.data())).collect()
}

/// Returns the card and its checksum, which files of version 1 can lack.
fn parse_card(json: &str) -> Result<(Card, Option<String>), Problem> {
    let unreadable = |cause: serde_json::Error| Problem::Card(cause.to_string());
    check_entries_of("card", json.as_bytes(), MAX_IN_CARD)?;
    let entries: Value = serde_json::from_str(json).map_err(unreadable)?;
    // The version is checked first, because a newer file often does not parse as a current card.
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

/// Refuses unknown entries of a card, and a card without a checksum. In a file of version 1, only unknown entries of
/// the card itself are refused, and only if there is no checksum, because one of them can be the checksum with a
/// damaged name.
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

/// Returns a member's tensor in the file, if it has the right shape.
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

/// Returns the numbers of a tensor of single precision.
pub(super) fn array(name: &str, view: &TensorView<'_>) -> Result<ArrayD<f32>, Problem> {
    let (values, _) = view.data().as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Problem::NotFinite(name.to_owned()));
    }
    match ArrayD::from_shape_vec(IxDyn(view.shape()), values) {
        Ok(array) => Ok(array),
        // Safetensors has checked the number of values. It is zero if one size is 0, however large the other sizes are.
        Err(_) => Err(Problem::ImpossibleShape { name: name.to_owned(), shape: view.shape().to_vec() }),
    }
}
