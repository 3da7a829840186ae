//! Standard output, which can be closed, a terminal, a pipe or a file.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use super::screen::screen;
use crate::report::{Shown, Terminal, print_styled};

/// Returns standard output for results that are human-readable or not. Other results are written byte for byte, except
/// on a terminal. `charts` states whether a terminal shows charts.
///
/// # Errors
/// If it was closed before the program started, because the results would be lost.
pub fn stdout((human_readable, charts): (bool, bool)) -> io::Result<Terminal<'static>> {
    if closed::standard_output() {
        return Err(io::Error::other("is closed, expected a place for the results"));
    }
    let out = io::stdout();
    Ok(match (human_readable, out.is_terminal()) {
        (true, true) => Terminal::new(anstream::stdout().lock()).on(screen(), charts),
        (true, false) => Terminal::new(anstream::stdout().lock()),
        (false, true) => Terminal::new(out.lock()),
        (false, false) => Terminal::exact(out.lock()),
    })
}

/// Prints a usage error, or the requested help or version, and returns the exit code.
///
/// # Errors
/// If help or version cannot be written.
pub fn usage(mut error: clap::Error) -> io::Result<ExitCode> {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
    if !error.use_stderr() {
        stdout((true, false))?;
        return match error.print().and_then(|()| io::stdout().flush()) {
            // It is not an error if the reader, for example `head`, stops reading.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(code),
        };
    }
    escape(&mut error);
    // The exit code is the same if standard error cannot be written.
    print_styled(&error.render().ansi().to_string());
    Ok(code)
}

/// Escapes for a terminal the arguments that the error quotes.
pub fn escape(error: &mut clap::Error) {
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

/// Whether standard output was closed when the program started. Rust opens `/dev/null` instead before `main`, so this
/// is checked earlier: later it cannot be distinguished from output redirected to `/dev/null`.
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
