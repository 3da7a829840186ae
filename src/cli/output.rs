//! Where results go: standard output, and who reads there.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::report::{Shown, Terminal};

/// Standard output for results that are for people, or for programs. For those every byte is written as it is, unless
/// it is a terminal that gets it.
///
/// # Errors
/// If it was closed before the program started: results would be lost.
pub fn stdout(for_people: bool) -> io::Result<Terminal<'static>> {
    if closed::standard_output() {
        return Err(io::Error::other("is closed, expected a place for the results"));
    }
    let out = io::stdout();
    Ok(match (for_people, out.is_terminal()) {
        (true, _) => Terminal::new(anstream::stdout().lock()),
        (false, true) => Terminal::new(out.lock()),
        (false, false) => Terminal::exact(out.lock()),
    })
}

/// Tells a wrong command line, or prints what it asks for: help, a version.
///
/// # Errors
/// If what it asks for cannot be written.
pub fn usage(mut error: clap::Error) -> io::Result<ExitCode> {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
    if !error.use_stderr() {
        stdout(true)?;
        error.print()?;
        io::stdout().flush()?;
        return Ok(code);
    }
    escape(&mut error);
    // A mistake is one whether it can be told or not.
    let _ = error.print();
    Ok(code)
}

/// What the user typed, as a terminal may show it.
fn escape(error: &mut clap::Error) {
    let shown = |text: &String| Shown(text).to_string();
    let escaped = |(kind, value): (ContextKind, &ContextValue)| match value {
        ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
        ContextValue::Strings(texts) => Some((kind, ContextValue::Strings(texts.iter().map(shown).collect()))),
        _ => None,
    };
    let context: Vec<_> = error.context().filter_map(escaped).collect();
    for (kind, value) in context {
        error.insert(kind, value);
    }
}

/// Whether a standard stream was closed when the program started. Rust opens `/dev/null` in its place before `main`, so
/// that no file is taken for it; afterwards nothing tells it from a `/dev/null` that was asked for.
mod closed {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STANDARD_OUTPUT: AtomicBool = AtomicBool::new(false);

    /// See [`closed`](self).
    pub fn standard_output() -> bool {
        STANDARD_OUTPUT.load(Ordering::Relaxed)
    }

    #[cfg(unix)]
    ctor::declarative::ctor! {
        #[ctor(unsafe)]
        fn look() {
            let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
            STANDARD_OUTPUT.store(closed, Ordering::Relaxed);
        }
    }
}
