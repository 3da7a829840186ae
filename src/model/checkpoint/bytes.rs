//! The bytes of a checkpoint: safetensors with flat tensors, in the layout of memory, and everything else as JSON in
//! the metadata.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rand_pcg::Pcg64;
use safetensors::tensor::{Metadata, View};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CheckpointProblem, MemberState, differences};
use fourcast_base::files::checksum;
use fourcast_base::files::kind::{self, CHECKPOINT_ENTRY};
use fourcast_nn::optimizer::OptimizerState;
use fourcast_nn::train::{Epoch, NextEpoch, State};
use fourcast_nn::{LANES, Lanes};

/// The format that this program writes and reads. Only the version of the program that wrote a checkpoint reads it.
pub(crate) const VERSION: u64 = 1;

/// Bytes per epoch of the losses.
const LOSSES: usize = 16;

#[derive(Serialize, Deserialize)]
struct Header {
    version: u64,
    /// The values that the training depends on.
    training: Map<String, Value>,
    members: Vec<Entry>,
}

/// A network.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// The index among the networks of both fits.
    job: usize,
    /// The epoch with the best weights, from 1.
    best: usize,
    /// The state to continue from; `None` after the last epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
}

#[derive(Serialize, Deserialize)]
struct Next {
    powers: (f64, f64),
    dropout: Vec<Pcg64>,
}

/// The names of the tensors of a network.
struct Names {
    losses: String,
    best: String,
    weights: String,
    means: String,
    squares: String,
}

impl Names {
    fn of(job: usize) -> Names {
        let name = |what: &str| format!("network.{job}.{what}");
        Names {
            losses: name("losses"),
            best: name("best_weights"),
            weights: name("weights"),
            means: name("gradient_means"),
            squares: name("gradient_squares"),
        }
    }
}

/// A tensor to be written.
struct Tensor<'a> {
    shape: Vec<usize>,
    values: Values<'a>,
}

enum Values<'a> {
    /// Weights, in single precision.
    Lanes(&'a [Lanes<f32>]),
    /// The training and the validation loss of each epoch, in double precision; NaN if there is none.
    Losses(&'a [Epoch]),
}

impl<'a> Tensor<'a> {
    fn lanes(lanes: &'a [Lanes<f32>]) -> Tensor<'a> {
        Tensor { shape: vec![lanes.len(), LANES], values: Values::Lanes(lanes) }
    }

    fn losses(epochs: &'a [Epoch]) -> Tensor<'a> {
        Tensor { shape: vec![epochs.len(), 2], values: Values::Losses(epochs) }
    }
}

impl Tensor<'_> {
    fn bytes(&self) -> Vec<u8> {
        match self.values {
            Values::Lanes(lanes) => lanes.iter().flat_map(|lanes| lanes.0).flat_map(f32::to_le_bytes).collect(),
            Values::Losses(epochs) => {
                let of_epoch = |epoch: &Epoch| [epoch.train_loss, epoch.valid_loss.unwrap_or(f64::NAN)];
                epochs.iter().flat_map(of_epoch).flat_map(f64::to_le_bytes).collect()
            }
        }
    }
}

impl View for &Tensor<'_> {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::Lanes(_) => Dtype::F32,
            Values::Losses(_) => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.bytes())
    }

    fn data_len(&self) -> usize {
        match self.values {
            Values::Lanes(lanes) => size_of_val(lanes),
            Values::Losses(epochs) => epochs.len() * LOSSES,
        }
    }
}

/// Returns the tensors of a network, in the order of the checksum.
fn tensors(job: usize, member: &MemberState) -> Vec<(String, Tensor<'_>)> {
    let names = Names::of(job);
    let MemberState { epochs, state } = member;
    let mut tensors = vec![(names.losses, Tensor::losses(epochs)), (names.best, Tensor::lanes(&state.best_weights))];
    if let Some(next) = &state.next {
        tensors.push((names.weights, Tensor::lanes(&next.weights)));
        tensors.push((names.means, Tensor::lanes(&next.optimizer.means)));
        tensors.push((names.squares, Tensor::lanes(&next.optimizer.squares)));
    }
    tensors
}

/// The states of the networks, by index; `None` for those that have not begun.
pub(crate) type States = Vec<Option<Arc<MemberState>>>;

/// Returns the bytes of a checkpoint, or the reason why it cannot be written.
pub(crate) fn write(training: &Map<String, Value>, states: &States) -> Result<Vec<u8>, String> {
    let known = || states.iter().enumerate().filter_map(|(job, state)| Some((job, &**state.as_ref()?)));
    let entry = |(job, member): (usize, &MemberState)| Entry {
        job,
        best: member.state.best.epoch,
        next: member
            .state
            .next
            .as_ref()
            .map(|next| Next { powers: next.optimizer.powers, dropout: next.dropout.clone() }),
    };
    let header = Header { version: VERSION, training: training.clone(), members: known().map(entry).collect() };
    let header = serde_json::to_string(&header).map_err(|error| error.to_string())?;
    let tensors: Vec<(String, Tensor<'_>)> = known().flat_map(|(job, member)| tensors(job, member)).collect();
    let header = checksum::seal(&header, tensors.iter().map(|(_, tensor)| tensor.bytes()));
    let metadata = HashMap::from([(CHECKPOINT_ENTRY.to_owned(), header)]);
    let views = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
    safetensors::serialize(views, Some(metadata)).map_err(|error| error.to_string())
}

/// Returns the maximum number of bytes that the tensors of this many networks can have.
pub(crate) fn max_bytes(networks: usize, lanes: usize, epochs: usize) -> usize {
    let one = (4 * lanes).saturating_mul(size_of::<Lanes<f32>>()).saturating_add(epochs.saturating_mul(LOSSES));
    networks.saturating_mul(one)
}

/// The expected contents of a checkpoint of a training run.
pub(crate) struct Expected<'a> {
    pub training: &'a Map<String, Value>,
    /// Number of networks of all fits.
    pub networks: usize,
    /// Number of vectors of the weights of a network.
    pub lanes: usize,
    /// Maximum number of epochs.
    pub epochs: usize,
}

/// Reads the states from a checkpoint of that training.
///
/// # Errors
/// [`CheckpointProblem`] if the bytes are from another training run, or not what was written.
pub(crate) fn read(bytes: &[u8], expected: &Expected<'_>) -> Result<States, CheckpointProblem> {
    if bytes.is_empty() {
        return Err(damaged("it is empty"));
    }
    if !kind::is_checkpoint(bytes) {
        return Err(CheckpointProblem::Other);
    }
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let text = entry_of(&metadata).ok_or(CheckpointProblem::Other)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let version: Version = serde_json::from_str(text).map_err(damaged)?;
    if version.version != VERSION {
        return Err(CheckpointProblem::Version { found: version.version });
    }
    let header: Header = serde_json::from_str(text).map_err(damaged)?;
    let differing = differences(&header.training, expected.training);
    if !differing.is_empty() {
        return Err(CheckpointProblem::Differs(differing));
    }
    let mut states: States = vec![None; expected.networks];
    for entry in header.members {
        let place = states.get_mut(entry.job).filter(|place| place.is_none());
        let place = place.ok_or_else(|| damaged(format!("network {}", entry.job)))?;
        *place = Some(Arc::new(member(&file, entry, expected)?));
    }
    // The checksum is computed over the tensors as they were written.
    let tensors: Vec<(String, Tensor<'_>)> =
        states.iter().enumerate().filter_map(|(job, state)| Some(tensors(job, state.as_ref()?))).flatten().collect();
    let holds = checksum::holds(text, &version.sha256, tensors.iter().map(|(_, tensor)| tensor.bytes()));
    if holds && file.len() == tensors.len() { Ok(states) } else { Err(damaged("its checksum does not match")) }
}

#[derive(Deserialize)]
struct Version {
    version: u64,
    sha256: String,
}

fn entry_of(metadata: &Metadata) -> Option<&str> {
    metadata.metadata().as_ref()?.get(CHECKPOINT_ENTRY).map(String::as_str)
}

fn damaged(reason: impl ToString) -> CheckpointProblem {
    CheckpointProblem::Damaged(reason.to_string())
}

fn member(file: &SafeTensors<'_>, entry: Entry, expected: &Expected<'_>) -> Result<MemberState, CheckpointProblem> {
    let names = Names::of(entry.job);
    let lanes = |name: &str| lanes_of(file, name, expected.lanes);
    let epochs = epochs_of(file, &names.losses, expected.epochs)?;
    let best = entry.best.checked_sub(1).and_then(|best| epochs.get(best)).copied();
    let best = best.ok_or_else(|| damaged(format!("epoch {} as the best", entry.best)))?;
    let next = |next: Next| {
        let (one, two) = next.powers;
        // After an epoch, each is less than one.
        if ![one, two].iter().all(|power| (0.0..1.0).contains(power)) {
            return Err(damaged("powers of the optimiser outside 0 to 1"));
        }
        let optimizer =
            OptimizerState { powers: next.powers, means: lanes(&names.means)?, squares: lanes(&names.squares)? };
        Ok(NextEpoch { weights: lanes(&names.weights)?, optimizer, dropout: next.dropout })
    };
    let next = entry.next.map(next).transpose()?;
    let state = State { epochs: epochs.len(), best, best_weights: lanes(&names.best)?, next };
    Ok(MemberState { epochs, state })
}

/// Returns the bytes of a tensor of that type and shape.
fn data<'a>(
    file: &SafeTensors<'a>,
    name: &str,
    (dtype, columns): (Dtype, usize),
    rows: impl Fn(usize) -> bool,
) -> Result<&'a [u8], CheckpointProblem> {
    let view = file.tensor(name).map_err(damaged)?;
    match *view.shape() {
        [found, width] if width == columns && rows(found) && view.dtype() == dtype => Ok(view.data()),
        _ => Err(damaged(format!("tensor '{name}' is {:?} {:?}", view.dtype(), view.shape()))),
    }
}

fn lanes_of(file: &SafeTensors<'_>, name: &str, lanes: usize) -> Result<Vec<Lanes<f32>>, CheckpointProblem> {
    let bytes = data(file, name, (Dtype::F32, LANES), |rows| rows == lanes)?;
    let (values, _) = bytes.as_chunks::<4>();
    let (vectors, _) = values.as_chunks::<LANES>();
    let vectors: Vec<Lanes<f32>> = vectors.iter().map(|vector| Lanes(vector.map(f32::from_le_bytes))).collect();
    let is_finite = vectors.iter().all(|lanes| lanes.0.iter().all(|value| value.is_finite()));
    if is_finite { Ok(vectors) } else { Err(damaged(format!("tensor '{name}' holds a value that is not finite"))) }
}

/// Returns the epochs that were run. Their durations are not kept, because the speed of a training run is measured in
/// the current process.
fn epochs_of(file: &SafeTensors<'_>, name: &str, max: usize) -> Result<Vec<Epoch>, CheckpointProblem> {
    let bytes = data(file, name, (Dtype::F64, 2), |rows| (1..=max).contains(&rows))?;
    let (values, _) = bytes.as_chunks::<8>();
    let (rows, _) = values.as_chunks::<2>();
    let epoch = |(row, losses): (usize, &[[u8; 8]; 2])| {
        let [train_loss, valid_loss] = losses.map(f64::from_le_bytes);
        Epoch {
            epoch: row + 1,
            train_loss,
            valid_loss: Some(valid_loss).filter(|loss| !loss.is_nan()),
            step_time: Duration::ZERO,
            windows: 0,
        }
    };
    let epochs: Vec<Epoch> = rows.iter().enumerate().map(epoch).collect();
    let is_finite = |epoch: &Epoch| epoch.train_loss.is_finite() && epoch.valid_loss.is_none_or(f64::is_finite);
    if epochs.iter().all(is_finite) { Ok(epochs) } else { Err(damaged(format!("tensor '{name}' holds no losses"))) }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const LANES_OF: usize = 3;

    fn training() -> Map<String, Value> {
        [("epochs".to_owned(), 9.into()), ("prices".to_owned(), "x".repeat(64).into())].into_iter().collect()
    }

    fn expected(training: &Map<String, Value>) -> Expected<'_> {
        Expected { training, networks: 3, lanes: LANES_OF, epochs: 9 }
    }

    fn lanes(first: f32) -> Vec<Lanes<f32>> {
        (0..LANES_OF).map(|k| Lanes(std::array::from_fn(|lane| first + (k * LANES + lane) as f32 / 7.0))).collect()
    }

    /// Returns the states of a network between two epochs, one that has not begun, and one that has ended.
    fn states() -> States {
        let epoch = |epoch: usize, valid_loss: Option<f64>| Epoch {
            epoch,
            train_loss: 1.0 / epoch as f64,
            valid_loss,
            step_time: Duration::ZERO,
            windows: 0,
        };
        let of = |epochs: Vec<Epoch>, next| {
            let state = State { epochs: epochs.len(), best: epochs[0], best_weights: lanes(-1.0), next };
            Some(Arc::new(MemberState { epochs, state }))
        };
        let optimizer = OptimizerState { powers: (0.9_f64.powi(50), 0.999), means: lanes(1e-30), squares: lanes(2.0) };
        let dropout = vec![Pcg64::seed_from_u64(1), Pcg64::new(u128::MAX, 1 << 100)];
        let next = NextEpoch { weights: lanes(0.5), optimizer, dropout };
        vec![of(vec![epoch(1, Some(0.3)), epoch(2, None)], Some(next)), None, of(vec![epoch(1, None)], None)]
    }

    #[test]
    fn what_was_written_is_read_to_the_last_bit() {
        let bytes = write(&training(), &states()).unwrap();
        assert_eq!(read(&bytes, &expected(&training())).unwrap(), states());
        let max = max_bytes(3, LANES_OF, 9);
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        assert!(metadata.data_len() <= max, "{} bytes of at most {max}", metadata.data_len());
        assert!(kind::is_checkpoint(&bytes) && !kind::is_model(&bytes));
    }

    /// A file with any changed byte, or cut at any length, is refused.
    #[test]
    fn a_damaged_file_is_refused() {
        let bytes = write(&training(), &states()).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let found = read(&damaged, &expected(&training()));
            assert!(found.is_err() || found.as_ref() == Ok(&states()), "byte {at}: {found:?}");
            assert!(read(&bytes[..at], &expected(&training())).is_err(), "{at} bytes");
        }
    }

    /// The files have a valid checksum but were not written by this program.
    #[test]
    fn states_that_no_training_has_are_refused() {
        let refused = |change: &dyn Fn(&mut MemberState)| {
            let mut states = states();
            let mut member = Arc::into_inner(states[0].take().unwrap()).unwrap();
            change(&mut member);
            states[0] = Some(Arc::new(member));
            let bytes = write(&training(), &states).unwrap();
            let problem = read(&bytes, &expected(&training())).unwrap_err();
            assert!(matches!(problem, CheckpointProblem::Damaged(_)), "{problem}");
        };
        refused(&|member| member.state.best.epoch = 3);
        refused(&|member| member.state.best.epoch = 0);
        refused(&|member| member.epochs[1].train_loss = f64::INFINITY);
        refused(&|member| member.epochs = vec![member.epochs[0]; 10]);
        refused(&|member| member.state.best_weights[1].0[3] = f32::NAN);
        refused(&|member| member.state.best_weights.truncate(1));
        refused(&|member| member.state.next.as_mut().unwrap().optimizer.means.truncate(2));
        refused(&|member| member.state.next.as_mut().unwrap().optimizer.powers.0 = 1.0);
    }

    #[test]
    fn other_files_versions_and_trainings_are_distinguished() {
        let problem = |bytes: &[u8], training: &Map<String, Value>| read(bytes, &expected(training)).unwrap_err();
        assert!(matches!(problem(b"", &training()), CheckpointProblem::Damaged(_)));
        for bytes in [&b"Date,Close\n"[..], fourcast_pretrained::GRU_CLOSE] {
            assert_eq!(problem(bytes, &training()), CheckpointProblem::Other);
        }
        let bytes = write(&training(), &states()).unwrap();
        let mut other = training();
        other.insert("epochs".into(), 10.into());
        other.insert("prices".into(), "y".repeat(64).into());
        other.insert("more".into(), true.into());
        let message = problem(&bytes, &other).to_string();
        let expected = "epochs 9, expected 10; other prices; more none, expected true";
        assert_eq!(message, format!("is the checkpoint of another training run: {expected}"));
        let entry = b"version\\\":1";
        let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap();
        let mut newer = bytes.clone();
        newer[at + entry.len() - 1] = b'2';
        assert_eq!(problem(&newer, &training()), CheckpointProblem::Version { found: 2 });
    }
}
