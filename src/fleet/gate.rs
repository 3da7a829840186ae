//! How many jobs there may be at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets this many jobs in until others leave.
pub(super) struct Gate {
    room: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    inside: usize,
    closed: bool,
}

impl Gate {
    pub fn new(room: usize) -> Gate {
        Gate { room, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits for room; false once the gate is closed.
    pub fn enter(&self) -> bool {
        let is_full = |state: &mut State| !state.closed && state.inside >= self.room;
        let waited = self.changed.wait_while(self.lock(), is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.inside += usize::from(!state.closed);
        !state.closed
    }

    /// Makes room.
    pub fn leave(&self) {
        self.lock().inside -= 1;
        self.changed.notify_all();
    }

    /// Lets nothing in from now on.
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

/// Closes a gate when it goes out of scope, by a panic too: nobody is left waiting.
pub(super) struct Closing<'a>(pub &'a Gate);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
