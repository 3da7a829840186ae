//! Models and ledgers that many tests begin with, made once for all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

/// The content of a file under a name: what `make` returns in the first test that needs it. The others wait for it.
pub fn made_once(name: &str, make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    static MADE: Mutex<BTreeMap<String, Arc<OnceLock<Vec<u8>>>>> = Mutex::new(BTreeMap::new());
    let content = Arc::clone(MADE.lock().unwrap().entry(name.to_owned()).or_default());
    content.get_or_init(make).clone()
}
