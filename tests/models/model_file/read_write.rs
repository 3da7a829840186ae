//! The files that models are read from and written to: devices, pipes, links, folders, full disks.

use super::*;

/// A device can be endless, and a file can claim to be.
#[cfg(target_os = "linux")]
#[test]
fn endless_files_are_refused_before_they_are_read() {
    let error = model::load(Path::new("/dev/zero")).unwrap_err().to_string();
    assert_eq!(error, "/dev/zero: is a device, expected a model file");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.safetensors");
    let header = r#"{"x":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}"#;
    for (length, header, expected) in [
        (header.len() as u64, header, "says that it holds 4000000000 bytes of weights"),
        (1 << 40, "", "is a file of other data, expected a model"),
        (1 << 26, "", "is a file of other data, expected a model"),
        (0, "", "is a file of other data, expected a model"),
    ] {
        let bytes = [&length.to_le_bytes()[..], header.as_bytes()].concat();
        fs::write(&path, bytes).unwrap();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4_000_000_100).unwrap();
        let (_, used, result) = allocations::during(|| model::load(&path));
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(used < 400_000, "{used} bytes: {error}");
    }
}

/// A model from `-m <(cat model)`, and from an endless pipe.
#[cfg(unix)]
#[test]
fn a_model_can_be_read_from_a_pipe() {
    use std::os::fd::AsRawFd;

    let bytes = &save_to_bytes(&small_model());
    for more in [0, 1_000_000] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let loaded = std::thread::scope(|scope| {
            scope.spawn(move || {
                writer.write_all(bytes).unwrap();
                // The reader closes the pipe once it has read enough.
                let _ = writer.write_all(&vec![0; more]);
            });
            let loaded = model::load(Path::new(&format!("/dev/fd/{}", reader.as_raw_fd())));
            drop(reader);
            loaded
        });
        assert_eq!(loaded.is_ok(), more == 0);
    }
}

/// Opening a named pipe without a writer would block forever.
#[cfg(unix)]
#[test]
fn a_named_pipe_and_a_dangling_link_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [pipe, link] = ["pipe", "link"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let error = |path: &Path| model::load(path).unwrap_err().problem.to_string();
    assert_eq!(error(&pipe), "is a named pipe, expected a model file");
    assert_eq!(error(&link), "is a link to 'nowhere', where there is no file");
}

/// Returns paths at which not even an administrator can write a file.
fn unwritable(folder: &Path) -> Vec<PathBuf> {
    let file = folder.join("file");
    fs::write(&file, "not a folder").unwrap();
    let mut places = vec![folder.join("missing/model.safetensors"), file.join("model.safetensors")];
    if cfg!(target_os = "linux") {
        places.push("/proc/model.safetensors".into());
    }
    places
}

#[test]
fn an_unwritable_folder_is_an_error_before_training_and_after() {
    let model = small_model();
    let folder = tempfile::tempdir().unwrap();
    for path in unwritable(folder.path()) {
        for result in [model::check_target(&path), model::save(&model, &path)] {
            let error = result.unwrap_err();
            assert!(error.to_string().starts_with(&format!("{}: cannot be written: ", path.display())), "{error}");
            assert!(error.help().contains("--model"), "{}", error.help());
        }
        assert!(!path.exists());
    }
    assert_eq!(names_in(folder.path()), ["file"], "nothing is left behind");
}

#[test]
fn a_folder_as_a_target_is_refused() {
    let model = small_model();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("models");
    fs::create_dir(&folder).unwrap();
    // The second path does not exist, but ends with a slash.
    for path in [folder.clone(), parent.path().join("more/")] {
        for result in [model::check_target(&path), model::save(&model, &path)] {
            assert!(result.unwrap_err().to_string().ends_with("is a folder, expected a file"));
        }
    }
    assert!(folder.is_dir() && names_in(&folder).is_empty());
    assert_eq!(names_in(parent.path()), ["models"], "nothing is left behind");
}

/// Renaming a file over a socket, a pipe or a device would replace it by a regular file.
#[cfg(unix)]
#[test]
fn a_target_that_is_no_regular_file_is_refused() {
    use std::os::unix::fs::FileTypeExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    for result in [model::check_target(&path), model::save(&small_model(), &path)] {
        assert!(result.unwrap_err().to_string().contains("is not an ordinary file"));
    }
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    assert_eq!(names_in(folder.path()), ["socket"], "nothing is left behind");
}

#[test]
fn a_model_is_known_by_its_first_bytes() {
    for part in [OLDER_MODEL, &OLDER_MODEL[..2000], &OLDER_MODEL[..1024]] {
        assert!(is_model(part));
    }
}

/// JSON has no infinity, so the file could not be loaded. It must not replace a valid one.
#[test]
fn a_model_that_could_not_be_loaded_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, OLDER_MODEL).unwrap();
    let mut infinite = small_model();
    infinite.card.losses.train = f64::INFINITY;
    let mut unfit = small_model();
    unfit.members[1].values[0].0[0] = f32::NAN;
    for (model, expected) in [(infinite, "metadata 'fourcast': "), (unfit, "holds a value that is not finite")] {
        let error = model::save(&model, &path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), OLDER_MODEL);
}

#[test]
fn saving_leaves_no_other_files() {
    let model = small_model();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model::check_target(&path).unwrap();
    assert!(names_in(folder.path()).is_empty(), "looking leaves no trace");
    fs::write(&path, OLDER_MODEL).unwrap();
    model::check_target(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), OLDER_MODEL);
    model::save(&model, &path).unwrap();
    assert_eq!(names_in(folder.path()), ["model.safetensors"]);
    assert_eq!(load_bytes(&fs::read(&path).unwrap()).unwrap().card, model.card);
}

#[cfg(unix)]
#[test]
fn saving_through_a_link_keeps_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let (link, end) = (folder.path().join("link.safetensors"), folder.path().join("end.safetensors"));
    std::os::unix::fs::symlink("end.safetensors", &link).unwrap();
    let forecaster = small_model();
    for _ in 0..2 {
        model::save(&forecaster, &link).unwrap();
        assert!(link.is_symlink());
        assert!(!end.is_symlink() && model::load(&end).is_ok());
    }
}

#[test]
fn an_old_model_is_replaced_and_not_overwritten_in_place() {
    let model = small_model();
    let folder = tempfile::tempdir().unwrap();
    let [path, old] = ["model.safetensors", "old"].map(|name| folder.path().join(name));
    fs::write(&path, OLDER_MODEL).unwrap();
    // A second link to the same file must keep the old contents.
    fs::hard_link(&path, &old).unwrap();
    model::save(&model, &path).unwrap();
    assert_eq!(fs::read(&old).unwrap(), OLDER_MODEL);
}

/// Tests that start a process, because they set limits for it.
#[cfg(unix)]
mod in_a_process {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Output};

    use super::*;

    /// Runs `fourcast train -o model` after some lines of shell.
    fn train_after(shell: &str, model: &Path) -> Output {
        let script = format!("{shell}\nexec \"$0\" train data/fb.csv --epochs 1 --ensemble 1 --quiet --model \"$1\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_fourcast")]).arg(model);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
    }

    #[test]
    fn a_full_disk_leaves_the_old_model_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        fs::write(&path, OLDER_MODEL).unwrap();
        // The size of files is limited to one block; exceeding it is an error instead of a signal.
        let output = train_after("trap '' XFSZ; ulimit -f 1", &path);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(output.stdout.is_empty());
        assert!(stderr.contains("model.safetensors: cannot be written: "), "{stderr}");
        assert_eq!(fs::read(&path).unwrap(), OLDER_MODEL);
        assert_eq!(names_in(folder.path()), ["model.safetensors"], "nothing is left behind");
    }

    #[test]
    fn the_file_mode_is_what_the_umask_leaves() {
        let folder = tempfile::tempdir().unwrap();
        for (umask, mode) in [("022", 0o644), ("027", 0o640), ("077", 0o600), ("000", 0o666)] {
            let path = folder.path().join(umask);
            let output = train_after(&format!("umask {umask}"), &path);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "umask {umask}");
        }
    }
}

/// The card contains the bar ratio that pretrained networks get from a series.
#[test]
fn pretrained_networks_of_a_series_are_saved_with_its_bar_ratio() {
    let series = with_bars(400, 12);
    let model = model::pretrained_for(&series);
    assert_ne!(model.card.bar_ratio, 1.0);
    let sessions = |model: &Forecaster| model.forecast(&series).unwrap().sessions(&[0.5, 0.9]).unwrap();
    assert_eq!(sessions(&load_bytes(&save_to_bytes(&model)).unwrap()), sessions(&model));
    // Later rows change neither the bar ratio nor an earlier forecast.
    let frame = |series: &PriceSeries| model.frame(series);
    let mut later = series.clone();
    later.range.as_mut().unwrap().high.iter_mut().skip(380).for_each(|high| *high *= 1.5);
    let path = |series: &PriceSeries| model.paths(&frame(series), 370..371)[0].quantile(0, 0.05);
    assert_eq!(path(&later).to_bits(), path(&series).to_bits());
}
