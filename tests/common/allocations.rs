//! A global allocator that counts allocations. A test uses it with
//!
//! ```ignore
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//! ```

#![allow(unsafe_code)] // `GlobalAlloc` is an unsafe trait.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with counters for each thread, so that tests can run in parallel.
pub struct Counting;

thread_local! {
    /// Number and bytes. One variable, because each access takes long without optimisation.
    static COUNTED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Returns the number of allocations of this thread.
pub fn count() -> usize {
    COUNTED.get().0
}

/// Returns the number and the bytes of this thread's allocations during `work`, and its result.
pub fn during<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = COUNTED.get();
    let result = work();
    let after = COUNTED.get();
    (after.0 - before.0, after.1 - before.1, result)
}

fn note(bytes: usize) {
    COUNTED.with(|counted| {
        let (count, sum) = counted.get();
        counted.set((count + 1, sum + bytes));
    });
}

// SAFETY: every call is passed to the system's allocator unchanged. The counters are plain cells with
// constant initial values and no destructor, so using them never allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller upholds the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: the caller upholds the contract of `realloc`.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of `dealloc`.
        unsafe { System.dealloc(old, layout) }
    }
}
