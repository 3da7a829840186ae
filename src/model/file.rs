//! The model file: safetensors with PyTorch's names, and the card as JSON in its metadata.

use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf, is_separator};

use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde_json::{Map, Value};
use tempfile::NamedTempFile;
use thiserror::Error;

use super::card::Card;
use super::checksum;
use super::forecaster::Forecaster;
use crate::nn::Network;
use crate::nn::parameters::{Parameters, Tensor};
use crate::words::shell_word;

/// The format this program writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The metadata entry that holds the card. It is the only one: with several, their order in the
/// file, and so its bytes, would be left to chance.
const CARD: &str = "fourcast";

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
pub enum Problem {
    /// There is none.
    #[error("no such file, expected a model")]
    Missing,
    /// The path is a folder.
    #[error("is a folder, expected a file")]
    Folder,
    /// The path is a device, a pipe or a socket.
    #[error("is no ordinary file, expected one or a new name")]
    Special,
    /// The operating system refused to read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The operating system refused to write.
    #[error("cannot be written: {0}")]
    Write(io::Error),
    /// The folder it should go to is not there.
    #[error("cannot be written: no folder '{}'", .0.display())]
    NoFolder(PathBuf),
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
    /// A tensor is not there.
    #[error("no tensor '{0}', expected it for the network the file describes")]
    MissingTensor(String),
    /// A tensor nobody asked for.
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
    /// Card or weights are not what was written.
    #[error("its checksum does not hold: the file was damaged or changed after it was written")]
    Checksum,
    /// A weight is not a number.
    #[error("tensor '{0}' holds a value that is not finite")]
    NotFinite(String),
}

impl ModelFileError {
    /// What to do about it.
    pub fn help(&self) -> String {
        let path = shell_word(&self.path.display().to_string());
        match &self.problem {
            Problem::Missing => format!("train one with: fourcast train -m {path} PRICES.csv"),
            Problem::Folder => "name a file in it".into(),
            Problem::Write(cause) if cause.kind() == io::ErrorKind::StorageFull => {
                "free some space on the disk, or name a file on another one with --model".into()
            }
            Problem::Special | Problem::NoFolder(_) | Problem::Write(_) => {
                "name a file in a folder you can write to with --model".into()
            }
            Problem::Read(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                "let this user read the file, for example with chmod +r".into()
            }
            Problem::Read(_) => "check the disk or the connection that the file is on, and try again".into(),
            Problem::Checksum => {
                format!("copy it again, or train again with: fourcast train -m {path} PRICES.csv")
            }
            Problem::Version { .. } => "read it with the fourcast that wrote it, or train again".into(),
            _ => format!("train again with: fourcast train -m {path} PRICES.csv"),
        }
    }
}

/// The name of a member's tensor. The first member's are PyTorch's own, so that `torch.nn.LSTM`
/// finds them; the others stand behind a prefix.
fn member_name(member: usize, tensor: &Tensor) -> String {
    match member {
        0 => tensor.name.clone(),
        _ => format!("member.{member}.{}", tensor.name),
    }
}

/// Finds out whether [`save`] could write there, before hours of training and without a trace.
///
/// # Errors
/// [`ModelFileError`] if it could not.
pub fn check_target(path: &Path) -> Result<(), ModelFileError> {
    let failed = |problem| ModelFileError { path: path.to_owned(), problem };
    check_place(path).map_err(failed)?;
    temporary(path).map_err(|cause| failed(Problem::Write(cause)))?;
    Ok(())
}

/// A model is renamed into its place. That must be an ordinary file or none: a device or a pipe
/// would be gone.
fn check_place(path: &Path) -> Result<(), Problem> {
    let named_as_folder = path.as_os_str().as_encoded_bytes().last().is_some_and(|b| is_separator(char::from(*b)));
    if path.is_dir() || named_as_folder {
        return Err(Problem::Folder);
    }
    // The system's own places lead elsewhere: what /dev/stdout points to is a file at times, and renaming
    // onto it would put a file in the place of the device.
    let of_the_system = ["/dev", "/proc", "/sys"].iter().any(|place| path.starts_with(place));
    if path.as_os_str() == "-" || (path.exists() && (of_the_system || !path.is_file())) {
        return Err(Problem::Special);
    }
    if !folder(path).is_dir() {
        return Err(Problem::NoFolder(folder(path).to_owned()));
    }
    Ok(())
}

/// Writes a model: to a temporary file beside its place, synced, then renamed, so that whatever
/// happens either the old file or the new one is there, whole. What [`load`] would refuse is not
/// written.
///
/// # Errors
/// [`ModelFileError`] if the operating system refuses, or the model holds what is not a number.
pub fn save(forecaster: &Forecaster, path: &Path) -> Result<(), ModelFileError> {
    let failed = |problem| ModelFileError { path: path.to_owned(), problem };
    let bytes = to_bytes(forecaster).map_err(failed)?;
    from_bytes(&bytes).map_err(failed)?;
    check_place(path).map_err(failed)?;
    write_atomically(path, &bytes).map_err(|cause| failed(Problem::Write(cause)))
}

/// Writes a file by way of a temporary one beside it, synced, then renamed: whatever happens, either
/// the old file or the new one is there, whole.
///
/// # Errors
/// Whatever the operating system says.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &destination(path);
    let mut file = temporary(path)?;
    // Not through the temporary file's own writer: its errors name a file that is of no concern to anyone.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The rename itself is on disk once the folder is.
    File::open(folder(path))?.sync_all()
}

/// A link stays one: what it points to is replaced, or made if it is not there yet.
fn destination(path: &Path) -> PathBuf {
    let of_link = || Some(folder(path).join(path.read_link().ok()?));
    path.canonicalize().ok().or_else(of_link).unwrap_or_else(|| path.to_owned())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fourcast-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default; a model is an ordinary file, as the umask says.
        builder.permissions(Permissions::from_mode(0o666));
    }
    // Only the kind of failure: its text would name the temporary file, which means nothing to
    // anyone.
    builder.tempfile_in(folder(path)).map_err(|cause| cause.kind().into())
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
    let card = serde_json::to_string(&forecaster.card).map_err(|cause| Problem::Card(cause.to_string()))?;
    let card = checksum::seal(&card, tensors.iter().map(|(_, _, bytes)| &bytes[..]));
    let metadata = HashMap::from([(CARD.to_owned(), card)]);
    safetensors::serialize(views, Some(metadata)).map_err(Problem::Damaged)
}

/// Reads a model and checks all of it.
///
/// # Errors
/// [`ModelFileError`] if it is not a whole model of a version this program knows.
pub fn load(path: &Path) -> Result<Forecaster, ModelFileError> {
    let failed = |problem| ModelFileError { path: path.to_owned(), problem };
    if path.is_dir() {
        return Err(failed(Problem::Folder));
    }
    let bytes = fs::read(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => failed(Problem::Missing),
        _ => failed(Problem::Read(cause)),
    })?;
    from_bytes(&bytes).map_err(failed)
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Forecaster, Problem> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(Problem::Damaged)?;
    let file = SafeTensors::deserialize(bytes).map_err(Problem::Damaged)?;
    let text = metadata.metadata().as_ref().and_then(|entries| entries.get(CARD)).ok_or(Problem::Foreign)?;
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
    // Last, so that what is wrong is told by its name where it has one.
    match checksum {
        Some(sum) if !checksum::holds(text, &sum, data(&file, &network, members.len())?.into_iter()) => {
            Err(Problem::Checksum)
        }
        _ => Ok(Forecaster { card, members }),
    }
}

/// The bytes of every tensor, in the order in which they were written.
fn data<'a>(file: &SafeTensors<'a>, network: &Parameters<f32>, members: usize) -> Result<Vec<&'a [u8]>, Problem> {
    let of_member = |member| network.tensors().iter().map(move |tensor| (tensor, member));
    (0..members).flat_map(of_member).map(|(tensor, member)| Ok(view(file, tensor, member)?.data())).collect()
}

/// The card, and the checksum that came with it; files written before there was one have none.
fn parse_card(json: &str) -> Result<(Card, Option<String>), Problem> {
    let unreadable = |cause: serde_json::Error| Problem::Card(cause.to_string());
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
    let names: Vec<String> = entries.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let card: Card = serde_json::from_value(entries).map_err(unreadable)?;
    card.check().map_err(Problem::Card)?;
    if checksum.is_none() {
        // Older cards have no entry that is not known here: this one may be the checksum's, its name damaged.
        let known = serde_json::to_value(&card).map_err(unreadable)?;
        if let Some(name) = names.iter().find(|name| known.get(name).is_none()) {
            return Err(Problem::Card(format!("'{name}' is no entry, and there is no checksum")));
        }
    }
    Ok((card, checksum))
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
        let (values, _) = view.data().as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Problem::NotFinite(member_name(member, tensor)));
        }
        match ArrayD::from_shape_vec(IxDyn(&tensor.shape), values) {
            Ok(array) => weights.pack(tensor, array.view()),
            Err(_) => unreachable!("the shape was checked, and safetensors checks the length"),
        }
    }
    Ok(weights)
}
