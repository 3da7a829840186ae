//! A limit on the number of jobs at a time: a counting semaphore that can be closed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// At most `capacity` jobs have a place at a time.
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

    /// Waits for a free place and takes it; false once the limit is closed.
    pub fn acquire(&self) -> bool {
        let is_full = |state: &mut State| !state.closed && state.taken >= self.capacity;
        let waited = self.changed.wait_while(self.lock(), is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.taken += usize::from(!state.closed);
        !state.closed
    }

    /// Gives a place back.
    pub fn release(&self) {
        self.lock().taken -= 1;
        self.changed.notify_all();
    }

    /// Gives out no more places.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// No panic can leave the state half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a limit when it goes out of scope, by a panic too: nobody is left waiting.
pub(super) struct Closing<'a>(pub &'a JobLimit);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
