//! What to do about a file that the operating system does not let the program write.

use std::io;

/// Returns what to do about a file that cannot be written, by the kind of the system's error. `what` is what can be
/// named instead, `file` or `folder`; `option` is the option that names it, empty if there are several or none.
pub(in crate::cli) fn of_write(error: &io::Error, what: &str, option: &str) -> String {
    let with = if option.is_empty() { String::new() } else { format!(" with {option}") };
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("free some space on the disk, or name a {what} on another one{with}")
        }
        io::ErrorKind::FileTooLarge => "raise the limit on the size of files, which ulimit -f prints".to_owned(),
        io::ErrorKind::InvalidFilename => format!("pass a shorter name{with}"),
        _ if what == "folder" => format!("name a folder you can write to{with}"),
        _ => format!("name a {what} in a folder you can write to{with}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_the_error_decides() {
        let of = |kind, what, option| of_write(&io::Error::from(kind), what, option);
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            assert_eq!(of(kind, "file", ""), "free some space on the disk, or name a file on another one");
            let folder = "free some space on the disk, or name a folder on another one with --models";
            assert_eq!(of(kind, "folder", "--models"), folder);
        }
        let limit = of(io::ErrorKind::FileTooLarge, "file", "--model");
        assert_eq!(limit, "raise the limit on the size of files, which ulimit -f prints");
        assert_eq!(of(io::ErrorKind::InvalidFilename, "file", "--state"), "pass a shorter name with --state");
        let refused = io::ErrorKind::PermissionDenied;
        assert_eq!(of(refused, "file", "--model"), "name a file in a folder you can write to with --model");
        assert_eq!(of(refused, "folder", "--models"), "name a folder you can write to with --models");
    }
}
