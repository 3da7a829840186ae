//! A limit on the number of simultaneous jobs: a counting semaphore that can be closed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Limits the number of simultaneous jobs to `capacity`.
pub(super) struct JobLimit {
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    taken: usize,
    closed: bool,
}

impl JobLimit {
    pub fn new(capacity: usize) -> JobLimit {
        JobLimit { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits for a free place and takes it; returns false once the limit is closed.
    pub fn acquire(&self) -> bool {
        let is_full = |state: &mut State| !state.closed && state.taken >= self.capacity;
        let waited = self.changed.wait_while(self.lock(), is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.taken += usize::from(!state.closed);
        !state.closed
    }

    /// Releases a place.
    pub fn release(&self) {
        self.lock().taken -= 1;
        self.changed.notify_all();
    }

    /// Makes all waiting and further calls of `acquire` return false.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Locks the state. A panic cannot leave it inconsistent.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a limit when it goes out of scope, even by a panic, so that no thread waits forever.
pub(super) struct Closing<'a>(pub &'a JobLimit);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
