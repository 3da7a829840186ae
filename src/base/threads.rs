//! Pools of threads.

use rayon::{ThreadPool, ThreadPoolBuilder};
use thiserror::Error;

use super::words::counted;

/// The error of threads that cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot start {}: {reason}", counted(*.threads, "thread"))]
pub struct ThreadError {
    threads: usize,
    /// The reason given by the operating system.
    reason: String,
}

/// Returns a pool of that many threads; zero means one per core.
///
/// # Errors
/// If the operating system does not start them.
pub fn pool(threads: usize) -> Result<ThreadPool, ThreadError> {
    start(threads, ThreadPoolBuilder::new())
}

/// Returns a pool of that many threads, with stacks of that many bytes.
///
/// # Errors
/// If the operating system does not start them.
pub fn pool_with_stack(threads: usize, stack: usize) -> Result<ThreadPool, ThreadError> {
    start(threads, ThreadPoolBuilder::new().stack_size(stack))
}

fn start(threads: usize, builder: ThreadPoolBuilder) -> Result<ThreadPool, ThreadError> {
    builder.num_threads(threads).build().map_err(|error| ThreadError { threads, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_as_many_threads_as_requested() {
        for threads in [1, 3] {
            assert_eq!(pool(threads).unwrap().current_num_threads(), threads);
            assert_eq!(pool_with_stack(threads, 1 << 20).unwrap().current_num_threads(), threads);
        }
    }

    #[test]
    fn the_error_names_the_number_of_threads() {
        let error = |threads| ThreadError { threads, reason: "no memory".into() }.to_string();
        assert_eq!(error(1), "cannot start 1 thread: no memory");
        assert_eq!(error(4), "cannot start 4 threads: no memory");
    }
}
