//! The shard given by a cluster's scheduler in the environment of its tasks.
//!
//! | scheduler | variables | counted from |
//! |---|---|---|
//! | Slurm, job arrays | `SLURM_ARRAY_TASK_ID`, `_COUNT`, `_MIN`, `_MAX`, `_STEP` | `_MIN`, in steps of `_STEP` |
//! | Kubernetes, indexed jobs | `JOB_COMPLETION_INDEX`; the number of completions is in no variable | 0 |
//! | AWS Batch, array jobs | `AWS_BATCH_JOB_ARRAY_INDEX`, `AWS_BATCH_JOB_ARRAY_SIZE` | 0 |

use super::CliError;
use crate::fleet::shard::Shard;

/// A shard, with the variable that it was taken from and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The shard.
    pub shard: Shard,
    /// `SLURM_ARRAY_TASK_ID=2`.
    pub from: String,
}

/// Returns the value of a variable.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The number of a task, and how tasks are counted.
struct Task {
    variable: &'static str,
    number: u32,
    /// The number of the first task.
    first: u32,
    step: u32,
    /// The number of tasks, with the variable that it was taken from.
    count: Option<(&'static str, u32)>,
}

const SLURM: &str = "SLURM_ARRAY_TASK_ID";
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";
const AWS: &str = "AWS_BATCH_JOB_ARRAY_INDEX";

/// The help of every error here.
const EXPLICIT: &str = "pass --shard I/N, with I from 1 to N; --shard 1/1 takes all series";

fn error(message: String) -> CliError {
    CliError { message, help: Some(EXPLICIT.into()) }
}

/// Returns the shard of this task; `None` outside of tasks. `count` is the number of shards on the command line, if it
/// is given.
///
/// # Errors
/// If variables are not numbers, are inconsistent, or name different shards, or if the number of shards is unknown.
pub fn shard(variables: Variables<'_>, count: Option<u32>) -> Result<Option<Found>, CliError> {
    let tasks = [slurm(variables)?, kubernetes(variables)?, aws(variables)?];
    let mut found: Option<Found> = None;
    for task in tasks.into_iter().flatten() {
        let next = task.shard(count)?;
        match &found {
            Some(other) if other.shard != next.shard => {
                let Found { shard, from } = other;
                return Err(error(format!("{from} names shard {shard}, and {} shard {}", next.from, next.shard)));
            }
            Some(_) => {}
            None => found = Some(next),
        }
    }
    Ok(found)
}

/// Returns the variable that shows that this is a task of a cluster, with its value.
pub fn task(variables: Variables<'_>) -> Option<String> {
    let set = |name: &&str| Some(format!("{name}={}", variables(name)?));
    [SLURM, KUBERNETES, AWS].iter().find_map(set)
}

fn slurm(variables: Variables<'_>) -> Result<Option<Task>, CliError> {
    let Some(number) = value(variables, SLURM)? else { return Ok(None) };
    let first = value(variables, "SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
    let step = value(variables, "SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
    let count = count(variables, "SLURM_ARRAY_TASK_COUNT")?;
    if let Some((name, count)) = count {
        check_array(number, (first, value(variables, "SLURM_ARRAY_TASK_MAX")?, step), (name, count))?;
    }
    Ok(Some(Task { variable: SLURM, number, first, step, count }))
}

/// Returns an error for an array of Slurm if the number of shards cannot be derived from its numbers: if they are not a
/// complete range, or if there is a single number with which no range begins. Both usually are some tasks of a larger
/// array, started again.
fn check_array(
    number: u32,
    (first, last, step): (u32, Option<u32>, u32),
    (name, count): (&str, u32),
) -> Result<(), CliError> {
    if count == 1 && number > 1 {
        let message = format!("{SLURM}={number} is the only task of its array: the number of shards is not known");
        return Err(error(message));
    }
    let steps = u64::from(count.saturating_sub(1)) * u64::from(step);
    match last.filter(|last| u64::from(first) + steps != u64::from(*last)) {
        None => Ok(()),
        Some(last) => {
            let steps = if step > 1 { format!(" in steps of {step}") } else { String::new() };
            Err(error(format!(
                "{name} is {count}, and the task numbers go from {first} to {last}{steps}: not all of them run"
            )))
        }
    }
}

fn kubernetes(variables: Variables<'_>) -> Result<Option<Task>, CliError> {
    let task = |number| Task { variable: KUBERNETES, number, first: 0, step: 1, count: None };
    Ok(value(variables, KUBERNETES)?.map(task))
}

fn aws(variables: Variables<'_>) -> Result<Option<Task>, CliError> {
    let Some(number) = value(variables, AWS)? else { return Ok(None) };
    let count = count(variables, "AWS_BATCH_JOB_ARRAY_SIZE")?;
    Ok(Some(Task { variable: AWS, number, first: 0, step: 1, count }))
}

fn count(variables: Variables<'_>, name: &'static str) -> Result<Option<(&'static str, u32)>, CliError> {
    Ok(value(variables, name)?.map(|count| (name, count)))
}

/// Returns the number in a variable.
fn value(variables: Variables<'_>, name: &str) -> Result<Option<u32>, CliError> {
    let Some(text) = variables(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(error(format!("{name} is '{text}', expected a number from 0"))),
    }
}

impl Task {
    fn shard(&self, asked: Option<u32>) -> Result<Found, CliError> {
        let Task { variable, number, first, step, .. } = *self;
        let from = format!("{variable}={number}");
        let count = self.count(asked)?;
        let steps = number.checked_sub(first).filter(|far| far % step == 0).map(|far| far / step);
        let index = steps.and_then(|steps| steps.checked_add(1));
        match index.and_then(|index| Shard::new(index, count).ok()) {
            Some(shard) => Ok(Found { shard, from }),
            None => {
                let steps = if step > 1 { format!(" in steps of {step}") } else { String::new() };
                Err(error(format!("{from}, expected one of {count} numbers from {first}{steps}")))
            }
        }
    }

    /// Returns the number of shards; that of the command line and that of the scheduler must not differ. If only some
    /// tasks of an array are started again, the scheduler counts only these.
    fn count(&self, asked: Option<u32>) -> Result<u32, CliError> {
        match (asked, self.count) {
            (Some(asked), Some((name, count))) if count != asked => {
                Err(error(format!("{name} is {count}, expected the {asked} of --shard /{asked}")))
            }
            (Some(count), _) | (None, Some((_, count))) => Ok(count),
            (None, None) => {
                let message = format!("{} is set, but no variable contains the number of shards", self.variable);
                let help = "pass --shard /N; --shard 1/1 takes all series";
                Err(CliError { message, help: Some(help.into()) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &str, count: Option<u32>) -> Result<Option<String>, String> {
        let look = |name: &str| {
            let pairs = variables.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
        };
        let message = |found: Found| format!("{} {}", found.shard, found.from);
        shard(&look, count).map(|found| found.map(message)).map_err(|error| error.message)
    }

    fn taken(variables: &str, count: Option<u32>) -> String {
        of(variables, count).unwrap().unwrap()
    }

    fn slurm(id: u32, min: u32, count: u32) -> String {
        format!("SLURM_ARRAY_TASK_ID={id} SLURM_ARRAY_TASK_MIN={min} SLURM_ARRAY_TASK_COUNT={count}")
    }

    #[test]
    fn each_task_of_an_array_is_a_shard_from_1() {
        assert_eq!(of("", None), Ok(None));
        assert_eq!(of("SLURM_ARRAY_TASK_COUNT=3", None), Ok(None));
        assert_eq!(taken(&slurm(0, 0, 3), None), "1/3 SLURM_ARRAY_TASK_ID=0");
        assert_eq!(taken(&slurm(3, 1, 3), None), "3/3 SLURM_ARRAY_TASK_ID=3");
        assert_eq!(taken(&(slurm(30, 10, 3) + " SLURM_ARRAY_TASK_STEP=10"), None), "3/3 SLURM_ARRAY_TASK_ID=30");
        assert_eq!(taken("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=3", Some(3)), "3/3 SLURM_ARRAY_TASK_ID=2");
        let steps = " SLURM_ARRAY_TASK_MAX=30 SLURM_ARRAY_TASK_STEP=10";
        assert_eq!(taken(&(slurm(20, 10, 3) + steps), None), "2/3 SLURM_ARRAY_TASK_ID=20");
        // A single task, which is the only shard.
        assert_eq!(taken(&(slurm(0, 0, 1) + " SLURM_ARRAY_TASK_MAX=0"), None), "1/1 SLURM_ARRAY_TASK_ID=0");
        assert_eq!(taken(&(slurm(1, 1, 1) + " SLURM_ARRAY_TASK_MAX=1"), None), "1/1 SLURM_ARRAY_TASK_ID=1");
        assert_eq!(taken("JOB_COMPLETION_INDEX=4", Some(5)), "5/5 JOB_COMPLETION_INDEX=4");
        let aws = "AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=2";
        assert_eq!(taken(aws, None), "1/2 AWS_BATCH_JOB_ARRAY_INDEX=0");
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let message = |variables: &str, count| of(variables, count).unwrap_err();
        let unknown = "JOB_COMPLETION_INDEX is set, but no variable contains the number of shards";
        assert_eq!(message("JOB_COMPLETION_INDEX=0", None), unknown);
        assert_eq!(
            message("JOB_COMPLETION_INDEX=5", Some(5)),
            "JOB_COMPLETION_INDEX=5, expected one of 5 numbers from 0"
        );
        assert_eq!(message("JOB_COMPLETION_INDEX=x", Some(5)), "JOB_COMPLETION_INDEX is 'x', expected a number from 0");
        assert_eq!(message("JOB_COMPLETION_INDEX=", Some(5)), "JOB_COMPLETION_INDEX is '', expected a number from 0");
        // Only tasks 3 and 7, started again.
        assert_eq!(message(&slurm(7, 3, 2), None), "SLURM_ARRAY_TASK_ID=7, expected one of 2 numbers from 3");
        let gap = "SLURM_ARRAY_TASK_COUNT is 2, and the task numbers go from 3 to 7: not all of them run";
        for id in [3, 7] {
            assert_eq!(message(&(slurm(id, 3, 2) + " SLURM_ARRAY_TASK_MAX=7"), None), gap);
        }
        // Only task 2.
        let alone = "SLURM_ARRAY_TASK_ID=2 is the only task of its array: the number of shards is not known";
        for count in [None, Some(9)] {
            assert_eq!(message(&(slurm(2, 2, 1) + " SLURM_ARRAY_TASK_MAX=2"), count), alone);
            assert_eq!(message("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=1", count), alone);
        }
        assert_eq!(message(&slurm(1, 1, 1), Some(9)), "SLURM_ARRAY_TASK_COUNT is 1, expected the 9 of --shard /9");
        let steps = slurm(12, 10, 3) + " SLURM_ARRAY_TASK_STEP=10";
        assert_eq!(message(&steps, None), "SLURM_ARRAY_TASK_ID=12, expected one of 3 numbers from 10 in steps of 10");
        let both = slurm(1, 0, 3) + " AWS_BATCH_JOB_ARRAY_INDEX=2 AWS_BATCH_JOB_ARRAY_SIZE=3";
        let names = "SLURM_ARRAY_TASK_ID=1 names shard 2/3, and AWS_BATCH_JOB_ARRAY_INDEX=2 shard 3/3";
        assert_eq!(message(&both, None), names);
        assert_eq!(taken(&both.replace("INDEX=2", "INDEX=1"), None), "2/3 SLURM_ARRAY_TASK_ID=1");
    }
}
