//! Standard output, which can be closed, a terminal, a pipe or a file.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

use super::screen::screen;
use crate::report::{Shown, Terminal, is_hidden, print_styled};

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

/// Escapes for a terminal the arguments that the error quotes, in its message and in its tips.
pub fn escape(error: &mut clap::Error) {
    let shown = |text: &String| Shown(text).to_string();
    let quoted: Vec<String> = error.context().flat_map(|(_, value)| with_hidden(value)).collect();
    // A style and a typed escape sequence can only be distinguished by what was typed.
    let styled = |text: &StyledStr| {
        let text = text.ansi().to_string();
        StyledStr::from(quoted.iter().fold(text, |text, typed| text.replace(typed.as_str(), &shown(typed))))
    };
    let escaped = |(kind, value): (ContextKind, &ContextValue)| match value {
        ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
        ContextValue::Strings(texts) => Some((kind, ContextValue::Strings(texts.iter().map(shown).collect()))),
        ContextValue::StyledStr(text) => Some((kind, ContextValue::StyledStr(styled(text)))),
        ContextValue::StyledStrs(texts) => Some((kind, ContextValue::StyledStrs(texts.iter().map(styled).collect()))),
        _ => None,
    };
    let context: Vec<_> = error.context().filter_map(escaped).collect();
    for (kind, value) in context {
        error.insert(kind, value);
    }
}

/// Returns the texts with hidden characters in the context of an error.
fn with_hidden(value: &ContextValue) -> Vec<String> {
    let texts = match value {
        ContextValue::String(text) => std::slice::from_ref(text),
        ContextValue::Strings(texts) => texts,
        _ => &[],
    };
    texts.iter().filter(|text| text.contains(is_hidden)).cloned().collect()
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
