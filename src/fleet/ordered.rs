//! Jobs that run in parallel, with results in the order of the jobs.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rayon::ThreadPool;

use super::job_limit::{Closing, JobLimit};
use crate::threads::{ThreadError, pool_with_stack};

/// Number of jobs per thread that are submitted but whose results are not yet taken. A slow job holds back the results
/// of later jobs, while the threads run other jobs.
const JOBS_PER_THREAD: usize = 8;

/// Stack size of a thread. A fit within a job can wait for its parts; meanwhile the thread runs other jobs on the same
/// stack.
const STACK: usize = 16 * 1024 * 1024;

/// Threads that run jobs.
///
/// Parallel work inside a job, on the current pool (a fit or a backtest with zero threads), runs on the same threads:
/// all are busy to the end, and there are never more than requested.
pub struct Workers {
    pool: ThreadPool,
    in_flight: usize,
}

/// Submits the jobs of a run.
pub struct Jobs<'a, J> {
    limit: &'a JobLimit,
    given: Cell<usize>,
    start: &'a (dyn Fn(usize, J) + Sync),
}

impl<J> Jobs<'_, J> {
    /// Submits a job as soon as there is room for it. A break means that no more jobs are required.
    pub fn give(&self, job: J) -> ControlFlow<()> {
        if !self.limit.acquire() {
            return ControlFlow::Break(());
        }
        (self.start)(self.given.replace(self.given.get() + 1), job);
        ControlFlow::Continue(())
    }
}

/// The result of a job, or its panic.
type Done<T> = Result<T, Box<dyn Any + Send>>;

impl Workers {
    /// Starts `threads` threads; zero means one per core.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(threads: usize) -> Result<Workers, ThreadError> {
        let pool = pool_with_stack(threads, STACK)?;
        Ok(Workers { in_flight: JOBS_PER_THREAD * pool.current_num_threads(), pool })
    }

    /// Returns the number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs the jobs that `produce` submits with `work`, and passes their results to `take` in the order in which they
    /// were submitted, each as soon as it and all before it are known. `produce` runs on its own thread, where it can
    /// wait for input; `take` runs on this thread. A break or an error of `take` ends the run: jobs that have not begun
    /// are skipped.
    ///
    /// At most eight jobs per thread are submitted and not yet taken.
    ///
    /// # Errors
    /// The error of `take`.
    ///
    /// # Panics
    /// If `produce`, `work` or `take` panics, with the same panic.
    pub fn run<J: Send, T: Send, R: Send, E>(
        &self,
        produce: impl FnOnce(&Jobs<'_, J>) -> R + Send,
        work: impl Fn(J) -> T + Sync,
        take: impl FnMut(T) -> Result<ControlFlow<()>, E>,
    ) -> Result<R, E> {
        let limit = JobLimit::new(self.in_flight);
        let (send, results) = mpsc::channel();
        self.pool.in_place_scope(|scope| {
            let (limit, work) = (&limit, &work);
            let produce = move || {
                let start = |place: usize, job: J| {
                    let send = send.clone();
                    scope.spawn(move |_| {
                        if !limit.is_closed() {
                            let done = catch_unwind(AssertUnwindSafe(|| work(job)));
                            // There is no receiver once the run has ended.
                            let _ = send.send((place, done));
                        }
                    });
                };
                produce(&Jobs { limit, given: Cell::new(0), start: &start })
            };
            thread::scope(|threads| {
                let producer = threads.spawn(produce);
                let taken = {
                    let _closing = Closing(limit);
                    take_in_order(results, limit, take)
                };
                let produced = producer.join().unwrap_or_else(|panic| resume_unwind(panic));
                taken.map(|()| produced)
            })
        })
    }
}

/// Passes on the results in the order of their indices.
fn take_in_order<T, E>(
    results: Receiver<(usize, Done<T>)>,
    limit: &JobLimit,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (place, done) in results {
        waiting.insert(place, done.unwrap_or_else(|panic| resume_unwind(panic)));
        while let Some(result) = waiting.remove(&next) {
            next += 1;
            limit.release();
            if take(result)?.is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Submits the numbers up to `count` until no more are required, and returns how many were submitted.
    fn numbers(count: usize) -> impl FnOnce(&Jobs<'_, usize>) -> usize + Send {
        move |jobs| (0..count).take_while(|number| jobs.give(*number).is_continue()).count()
    }

    fn run<T: Send>(threads: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let mut taken = Vec::new();
        let take = |result| {
            taken.push(result);
            Ok::<_, ()>(ControlFlow::Continue(()))
        };
        assert_eq!(Workers::new(threads).unwrap().run(numbers(count), work, take), Ok(count));
        taken
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let slow_first = |number: usize| {
            if number.is_multiple_of(7) {
                thread::sleep(Duration::from_millis(5));
            }
            number * number
        };
        let expected: Vec<usize> = (0..100).map(|number| number * number).collect();
        for threads in [1, 2, 5] {
            assert_eq!(run(threads, 100, slow_first), expected, "{threads} threads");
        }
        assert!(run(2, 0, slow_first).is_empty());
    }

    #[test]
    fn a_result_is_taken_before_the_next_job_is_given() {
        let (send, taken) = mpsc::channel();
        // It is the producer's own.
        let produce = move |jobs: &Jobs<'_, usize>| {
            for number in 0..3 {
                assert!(jobs.give(number).is_continue());
                assert_eq!(taken.recv_timeout(Duration::from_secs(60)), Ok(number));
            }
        };
        let take = |number| {
            send.send(number).unwrap();
            Ok::<_, ()>(ControlFlow::Continue(()))
        };
        Workers::new(1).unwrap().run(produce, |number| number, take).unwrap();
    }

    #[test]
    fn the_jobs_in_flight_are_bounded_while_the_first_is_slow() {
        let begun = AtomicUsize::new(0);
        let bound = 2 * JOBS_PER_THREAD;
        let seen = run(2, 10 * bound, |number| {
            begun.fetch_add(1, Ordering::SeqCst);
            if number == 0 {
                thread::sleep(Duration::from_millis(200));
                return begun.load(Ordering::SeqCst);
            }
            0
        });
        // All jobs that may begin have begun, and no others.
        assert_eq!(seen[0], bound);
    }

    #[test]
    fn a_break_and_an_error_end_the_run() {
        let workers = Workers::new(2).unwrap();
        let work = |number: usize| number;
        let mut taken = 0;
        let given = workers.run(numbers(1_000_000), work, |number| {
            taken += 1;
            Ok::<_, ()>(if number == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        assert_eq!(taken, 4);
        assert!(given.unwrap() < 100);
        assert_eq!(workers.run(numbers(1_000_000), work, |_| Err("full")), Err("full"));
    }

    fn message(panicking: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(panicking)).unwrap_err();
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn a_panic_is_not_swallowed() {
        let workers = Workers::new(2).unwrap();
        let go_on = |_| Ok::<_, ()>(ControlFlow::Continue(()));
        let of_work = || {
            let _ = workers.run(numbers(1_000), |number| assert_ne!(number, 50, "work"), go_on);
        };
        let of_produce = || {
            let produce = |_: &Jobs<'_, usize>| assert_eq!(1, 2, "produce");
            let _ = workers.run(produce, |_| (), go_on);
        };
        let of_take = || {
            let take = |()| {
                assert_eq!(1, 2, "take");
                Ok::<_, ()>(ControlFlow::Continue(()))
            };
            let _ = workers.run(numbers(1_000), |_| (), take);
        };
        assert!(message(of_work).contains("work"));
        assert!(message(of_produce).contains("produce"));
        assert!(message(of_take).contains("take"));
    }

    #[test]
    fn jobs_may_be_parallel_themselves() {
        use rayon::prelude::*;
        let sums = run(2, 50, |number| (0..1_000).into_par_iter().map(|one| one * number).sum::<usize>());
        assert_eq!(sums[3], 3 * 499_500);
    }
}
