//! Two users who write to one folder, and other things at the path of a lock file.
//!
//! If the tests run as root, the other user is one without rights. Otherwise it is the same user, who also cannot open
//! a file without permissions.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fourcast::files::WriteLock;
use rustix::process::{Pid, Signal, getuid, kill_process};

const FB: &str = include_str!("../../data/fb.csv");
const EXE: &str = env!("CARGO_BIN_EXE_fourcast");
const TRAIN: &str = "train p.csv --epochs 1 --ensemble 1";

/// The id of a user who owns nothing here.
const OTHER: u32 = 65534;

/// Creates a folder that every user can write to, with prices and the program.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    fs::write(folder.path().join("p.csv"), FB).unwrap();
    // Copied by another process: a program cannot be run while this process, or one that it starts in the meantime, has
    // it open for writing.
    assert!(Command::new("cp").arg(EXE).arg(folder.path().join("fourcast")).status().unwrap().success());
    folder
}

fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(folder.join("fourcast"));
    command.current_dir(folder).args(line.split(' ')).stdin(Stdio::null());
    command
}

fn ended(command: Command) -> (Option<i32>, String) {
    let output = assert_cmd::Command::from_std(command).timeout(Duration::from_secs(120)).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Runs a command as the other user.
fn other(folder: &Path, line: &str) -> (Option<i32>, String) {
    let mut command = command(folder, line);
    if getuid().is_root() {
        command.uid(OTHER).gid(OTHER);
    }
    ended(command)
}

/// Returns the path of the model's lock file.
fn lock_of(folder: &Path) -> PathBuf {
    let _held = WriteLock::of(&folder.join("model.safetensors")).unwrap();
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_lock = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(".fourcast-lock-");
    names.into_iter().find(is_lock).unwrap()
}

/// A leftover lock file, with different permissions.
#[test]
fn a_lock_that_cannot_be_opened_is_named_and_one_that_can_be_read_is_taken_over() {
    let folder = folder();
    let lock = lock_of(folder.path());
    let put = |mode: u32| {
        fs::write(&lock, "").unwrap();
        fs::set_permissions(&lock, Permissions::from_mode(mode)).unwrap();
    };
    put(0o000);
    let (code, stderr) = other(folder.path(), TRAIN);
    let name = lock.file_name().unwrap().to_str().unwrap();
    let expected = format!(
        "error: model.safetensors: may be trained or updated by another run: its lock file '{name}' cannot be opened: \
         Permission denied (os error 13)\n  help: if there is no such run, remove the lock file: "
    );
    assert!(code == Some(1) && stderr.starts_with(&expected), "{stderr}");
    for mode in [0o444, 0o644] {
        put(mode);
        let (code, stderr) = other(folder.path(), TRAIN);
        assert_eq!(code, Some(0), "{mode:o}: {stderr}");
        assert!(!lock.exists());
    }
}

/// Something other than a file is never waited for, and never mistaken for a run.
#[test]
fn what_is_no_file_in_the_place_of_a_lock_is_named() {
    let folder = folder();
    assert_eq!(ended(command(folder.path(), &format!("{TRAIN} --until 2013-02-01"))).0, Some(0));
    let lock = lock_of(folder.path());
    for found in ["a pipe, a device or a socket", "a link", "a folder"] {
        match found {
            "a link" => symlink("none", &lock).unwrap(),
            "a folder" => fs::create_dir(&lock).unwrap(),
            _ => assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success()),
        }
        for line in [TRAIN, "update p.csv", "tune p.csv --trials 2"] {
            let (code, stderr) = other(folder.path(), line);
            let expected = format!("' is {found}, expected a file or none\n  help: remove what has the name");
            assert!(code == Some(1) && stderr.contains(&expected), "{line}: {stderr}");
        }
        if found == "a folder" { fs::remove_dir(&lock).unwrap() } else { fs::remove_file(&lock).unwrap() }
    }
}

/// A user whose files are private trains a model. Another user gets an error that says so, and can train the model
/// after a kill.
#[test]
fn a_private_checkpoint_hides_no_lock_and_is_in_the_way_of_resuming_alone() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let line = "train p.csv -q --init-from random --epochs 5000 --patience 0 --checkpoint-every 0.01";
    let mut first = Command::new("sh");
    first.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(path("fourcast")).args(line.split(' '));
    let mut first = first.current_dir(folder.path()).stdout(Stdio::null()).spawn().unwrap();
    let checkpoint = path("model.safetensors.checkpoint");
    let start = Instant::now();
    while !checkpoint.exists() {
        assert!(start.elapsed() < Duration::from_secs(300) && first.try_wait().unwrap().is_none(), "no checkpoint");
        std::thread::sleep(Duration::from_millis(1));
    }
    let (code, stderr) = other(folder.path(), TRAIN);
    let busy = "error: model.safetensors: is being trained or updated by another run\n";
    assert!(code == Some(1) && stderr.starts_with(busy), "{stderr}");
    kill_process(Pid::from_child(&first), Signal::KILL).unwrap();
    first.wait().unwrap();
    // Permissions are removed because root can read any file, and the same user could read this one.
    fs::set_permissions(&checkpoint, Permissions::from_mode(0o000)).unwrap();
    let left = fs::metadata(&checkpoint).unwrap().len();
    let (code, stderr) = other(folder.path(), &format!("{TRAIN} --resume"));
    assert!(
        code == Some(1) && stderr.contains("model.safetensors.checkpoint: cannot be read: Permission denied"),
        "{stderr}"
    );
    let (code, stderr) = other(folder.path(), TRAIN);
    let expected = "warning: model.safetensors.checkpoint: cannot be read: Permission denied (os error 13)\n  help: the \
                    training continues without it; --checkpoint-every 0 writes no checkpoint\n";
    assert!(code == Some(0) && stderr.contains(expected), "{stderr}");
    assert!(path("model.safetensors").exists() && fs::metadata(&checkpoint).unwrap().len() == left);
}
