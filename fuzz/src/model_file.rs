//! Changes of a model file that keep its lengths consistent, so that they reach the code after the safetensors parser:
//! values, entries and lists of the card, weights, and the table of tensors.

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg32;
use serde_json::{Map, Value, json};

/// The metadata entry that contains the card, as text.
const CARD: &str = "fourcast";

/// The parts of a safetensors file.
struct Parts {
    header: Map<String, Value>,
    /// The bytes of the tensors.
    tensors: Vec<u8>,
}

/// Returns a changed copy of a model file; `None` if the bytes are not safetensors with a card.
pub fn changed(bytes: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut parts = Parts::of(bytes)?;
    let mut random = Pcg32::seed_from_u64(seed.into());
    for _ in 0..random.random_range(1..4) {
        match random.random_range(0..8) {
            0 => change_weight(&mut parts.tensors, &mut random),
            1 => {
                let mut table = Value::Object(parts.header);
                change_json(&mut table, &mut random);
                parts.header = table.as_object()?.clone();
            }
            _ => {
                let mut card = parts.card()?;
                change_json(&mut card, &mut random);
                parts.header["__metadata__"][CARD] = card.to_string().into();
            }
        }
    }
    Some(parts.bytes())
}

impl Parts {
    fn of(bytes: &[u8]) -> Option<Parts> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (header, tensors) = rest.split_at_checked(u64::from_le_bytes(*length).try_into().ok()?)?;
        let parts = Parts { header: serde_json::from_slice(header).ok()?, tensors: tensors.to_owned() };
        parts.card().is_some().then_some(parts)
    }

    fn card(&self) -> Option<Value> {
        serde_json::from_str(self.header.get("__metadata__")?.get(CARD)?.as_str()?).ok()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut header = serde_json::to_vec(&self.header).unwrap_or_default();
        header.resize(header.len().next_multiple_of(8), b' ');
        [&(header.len() as u64).to_le_bytes()[..], &header, &self.tensors].concat()
    }
}

fn change_weight(tensors: &mut [u8], random: &mut impl Rng) {
    let (weights, _) = tensors.as_chunks_mut::<4>();
    if weights.is_empty() {
        return;
    }
    let at = random.random_range(0..weights.len());
    let special = [0.0, -0.0, 1.0, -1e30, 1e30, f32::MAX, f32::MIN_POSITIVE, 1e-45, f32::INFINITY, f32::NAN];
    weights[at] = special[random.random_range(0..special.len())].to_le_bytes();
}

/// Changes one value, entry or list in a json value.
fn change_json(root: &mut Value, random: &mut impl Rng) {
    let copied = nth(root, random.random_range(0..count(root))).cloned().unwrap_or_default();
    let at = random.random_range(0..count(root));
    let Some(value) = nth_mut(root, at) else { return };
    match value {
        Value::Array(items) if !items.is_empty() && random.random_bool(0.7) => {
            let item = random.random_range(0..items.len());
            match random.random_range(0..4) {
                0 => drop(items.remove(item)),
                1 => items.insert(item, items[item].clone()),
                2 => items.reverse(),
                _ => items.truncate(item),
            }
        }
        Value::Object(entries) if !entries.is_empty() && random.random_bool(0.7) => {
            let key = entries.keys().nth(random.random_range(0..entries.len())).cloned().unwrap_or_default();
            if random.random_bool(0.8) {
                entries.shift_remove(&key);
            } else {
                entries.insert(format!("{key}s"), copied);
            }
        }
        Value::Number(number) if random.random_bool(0.6) => {
            let near = number.as_f64().unwrap_or_default();
            let changed = [near + 1.0, near - 1.0, near * 2.0, near / 2.0, -near, near * 1e9, near.round()];
            let changed = changed[random.random_range(0..changed.len())];
            // Integers stay integers, because a fractional size would be refused at once.
            *value = if number.is_f64() { json!(changed) } else { json!(changed.round() as i64) };
        }
        _ if random.random_bool(0.3) => *value = copied,
        _ => {
            let extremes = [
                json!(null),
                json!(true),
                json!(0),
                json!(1),
                json!(-1),
                json!(i64::MIN),
                json!(u64::MAX),
                json!(1u64 << 53),
                json!(1e300),
                json!(-1e300),
                json!(5e-324),
                json!(0.5),
                json!(""),
                json!([]),
                json!({}),
                json!("1999-12-31"),
                json!("9999-12-31"),
                json!([0.0, 0.0]),
                json!("\u{202e}\u{1b}[2J"),
            ];
            *value = extremes[random.random_range(0..extremes.len())].clone();
        }
    }
}

/// Counts the values in a value, including itself.
fn count(value: &Value) -> usize {
    1 + children(value).map(count).sum::<usize>()
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(entries) => Box::new(entries.values()),
        _ => Box::new(std::iter::empty()),
    }
}

fn nth(value: &Value, index: usize) -> Option<&Value> {
    if index == 0 {
        return Some(value);
    }
    let mut rest = index - 1;
    for child in children(value) {
        let size = count(child);
        if rest < size {
            return nth(child, rest);
        }
        rest -= size;
    }
    None
}

fn nth_mut(value: &mut Value, index: usize) -> Option<&mut Value> {
    if index == 0 {
        return Some(value);
    }
    let mut rest = index - 1;
    let children: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(entries) => Box::new(entries.values_mut()),
        _ => return None,
    };
    for child in children {
        let size = count(child);
        if rest < size {
            return nth_mut(child, rest);
        }
        rest -= size;
    }
    None
}
