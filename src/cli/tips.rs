//! Tips for command lines that clap rejects: names of other programs' options, options of other subcommands, a missing
//! subcommand.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::command;
use crate::words::{join, nearest, shell_word, shown, typing_errors};

/// Names of options in other programs, with the equivalents here; `{NAME}` stands for the subcommands that have the
/// option NAME. A subcommand can have an option with such a name.
const CALLED: [(&[&str], &str); 10] = [
    (&["start", "from", "begin", "start-date", "from-date"], "the first day to use is '--since DATE'"),
    (&["end", "to", "end-date", "to-date"], "the last day to use is '--until DATE'"),
    (&["json"], "the format is '--format json'"),
    (&["csv"], "the format is '--format csv'"),
    (
        &["out", "o", "save"],
        "results go to standard output: write them to a file with '> FILE', or '--output FILE' of {output}",
    ),
    (&["days", "d", "n"], "days to test on are '--test-days DAYS' of {test-days}, days ahead '--horizon DAYS'"),
    (
        &["ticker", "tickers", "symbol", "symbols", "stock"],
        "one series of a file is '--series NAME'; the column of tickers is '--ticker-column COLUMN'",
    ),
    (&["file", "input", "i", "f"], "files are named without an option: fourcast predict prices.csv"),
    (&["e", "epoch"], "the number of epochs is '--epochs N' of {epochs}"),
    (&["interval", "freq", "period"], "the frequency of the rows is '--frequency daily', weekly or monthly"),
];

/// Returns an error for the name of an option after a single dash: `-horizon` would be read as `-h` followed by other
/// letters. Also for `--price-column -BAR`, whose value would be read as an option, and for `-prices.csv` if that is a
/// file.
///
/// # Errors
/// A usage error that names the option.
pub(super) fn refuse_single_dashes(cli: &mut clap::Command, words: &[OsString]) -> Result<(), clap::Error> {
    let is_subcommand = |word: &&OsString| cli.find_subcommand(word).is_some();
    let Some(name) = words.iter().skip(1).find(is_subcommand) else { return Ok(()) };
    let Some(command) = cli.find_subcommand_mut(name) else { return Ok(()) };
    if let Some((option, value)) = dashed_value(command, words) {
        let (found, typable) = (shown(&shell_word(&value)), shown(&format!("{option}={}", shell_word(&value))));
        let message =
            format!("unexpected argument '{found}' found\n\n  tip: to pass '{found}' as a value, use '{typable}'");
        return Err(command.error(ErrorKind::UnknownArgument, message));
    }
    if let Some(file) = words.iter().skip(1).take_while(|word| *word != "--").find_map(dashed_file) {
        let (found, typable) = (shown(&shell_word(file)), shown(&shell_word(&format!("./{file}"))));
        let message =
            format!("unexpected argument '{found}' found\n\n  tip: to name the file '{found}', use '{typable}'");
        return Err(command.error(ErrorKind::UnknownArgument, message));
    }
    let meant = |word: &OsString| {
        let name = word.to_str()?.strip_prefix('-')?.split('=').next()?;
        let names = command.get_arguments().filter_map(clap::Arg::get_long_and_visible_aliases);
        (name.len() > 1 && names.flatten().any(|known| known == name)).then(|| name.to_owned())
    };
    match words.iter().skip(1).take_while(|word| *word != "--").find_map(meant) {
        Some(name) => {
            let message =
                format!("unexpected argument '-{name}' found\n\n  tip: a similar argument exists: '--{name}'");
            Err(command.error(ErrorKind::UnknownArgument, message))
        }
        None => Ok(()),
    }
}

/// Returns a word that is the name of a file, begins with a dash and has an extension, unlike an option.
fn dashed_file(word: &OsString) -> Option<&str> {
    let name = word.to_str()?;
    (name.starts_with('-') && Path::new(name).extension().is_some() && Path::new(name).is_file()).then_some(name)
}

/// Returns an option and the word after it, if that word begins with a dash but is not an option.
fn dashed_value(command: &clap::Command, words: &[OsString]) -> Option<(String, String)> {
    let is_known = |word: &str| match word.strip_prefix("--") {
        Some(long) => is_called(command, |arg| names_of(arg).any(|name| Some(name) == long.split('=').next())),
        None => word.len() == 2 && is_called(command, |arg| arg.get_short() == word.chars().nth(1)),
    };
    let takes_it = |option: &str, value: &str| {
        let is_of = |arg: &&clap::Arg| match option.strip_prefix("--") {
            Some(long) => names_of(arg).any(|name| name == long),
            None => option.len() == 2 && option.starts_with('-') && arg.get_short() == option.chars().nth(1),
        };
        let is_number = value.parse::<f64>().is_ok();
        command.get_arguments().find(is_of).is_some_and(|arg| {
            let needs_one =
                arg.get_action().takes_values() && arg.get_num_args().is_none_or(|args| args.min_values() > 0);
            let reads_dashes = arg.is_allow_hyphen_values_set() || is_number && arg.is_allow_negative_numbers_set();
            needs_one && !reads_dashes
        })
    };
    let words: Vec<&str> = words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str()).collect();
    let mut pairs = words.windows(2).map(|pair| (pair[0], pair[1]));
    let is_dashed = |word: &str| word.len() > 1 && word.starts_with('-') && !is_known(word);
    let found = pairs.find(|(option, value)| is_dashed(value) && takes_it(option, value));
    found.map(|(option, value)| (option.to_owned(), value.to_owned()))
}

fn is_called(command: &clap::Command, test: impl FnMut(&clap::Arg) -> bool) -> bool {
    command.get_arguments().any(test)
}

/// Returns the long name of an option and its aliases.
fn names_of(arg: &clap::Arg) -> impl Iterator<Item = &str> {
    arg.get_long().into_iter().chain(arg.get_all_aliases().unwrap_or_default())
}

/// Replaces the suggestion of clap by what the user probably means.
pub(super) fn with_tip(mut error: clap::Error) -> clap::Error {
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => of_option(&error),
        ErrorKind::InvalidSubcommand => of_subcommand(&error),
        _ => None,
    };
    let Some(tip) = tip else { return error };
    for suggested in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
        error.remove(suggested);
    }
    // The usage would show the suggested option.
    error.remove(ContextKind::Usage);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

fn quoted(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// Returns the subcommands that have an option.
fn places_of(cli: &clap::Command, option: &str) -> Vec<String> {
    let has = |command: &&clap::Command| command.get_arguments().any(|arg| arg.get_long() == Some(option));
    cli.get_subcommands().filter(has).map(|place| place.get_name().to_owned()).collect()
}

/// Returns a tip in which `{NAME}` is replaced by the subcommands with that option.
fn with_places(cli: &clap::Command, tip: &str) -> String {
    let Some((before, (option, after))) =
        tip.split_once('{').and_then(|(tip, rest)| Some((tip, rest.split_once('}')?)))
    else {
        return tip.to_owned();
    };
    format!("{before}{}{after}", join(&places_of(cli, option), "and"))
}

/// Returns the tip for an option of other subcommands, or one that has another name here.
fn of_option(error: &clap::Error) -> Option<String> {
    let unknown = quoted(error, ContextKind::InvalidArg)?;
    let name = unknown.trim_start_matches('-').split('=').next().unwrap_or_default();
    let cli = command();
    let places = places_of(&cli, name);
    let called = CALLED.iter().find(|(names, _)| names.contains(&name)).map(|(_, tip)| with_places(&cli, tip));
    match (name, &places[..]) {
        (_, []) => called,
        ("above" | "below", _) => Some(format!(
            "'--{name}' is an option of predict; backtest scores probabilities of moves, as prices change over the years: \
             fourcast backtest --brier +2%,-5%"
        )),
        ("horizon", _) => {
            let places = join(&places, "and");
            Some(format!("'--horizon' is an option of {places}; explain takes the days ahead with '--ahead DAYS'"))
        }
        _ => {
            let of_others = format!("'--{name}' is an option of {}", join(&places, "and"));
            let similar = quoted(error, ContextKind::SuggestedArg).filter(|own| typing_errors(own, unknown) == 1);
            Some(match (similar, called) {
                (Some(own), _) => format!("{of_others}; a similar one here is '{own}'"),
                (None, Some(tip)) => format!("{tip}; {of_others}"),
                (None, None) => of_others,
            })
        }
    }
}

/// Returns the tip for a file, or another word, where a subcommand is expected. For a misspelt subcommand, the
/// suggestion of clap is kept.
fn of_subcommand(error: &clap::Error) -> Option<String> {
    let word = quoted(error, ContextKind::InvalidSubcommand)?;
    let is_file = word.contains(['.', '/']) || Path::new(word).exists();
    if !is_file && error.get(ContextKind::SuggestedSubcommand).is_some() {
        return None;
    }
    let cli = command();
    let has_files = |command: &&clap::Command| command.get_positionals().any(|arg| arg.get_id() == "files");
    let meant = nearest(word, cli.get_subcommands().map(clap::Command::get_name)).filter(|_| !is_file);
    if let Some(meant) = meant {
        return Some(format!("did you mean '{meant}'?"));
    }
    let names: Vec<String> = cli.get_subcommands().filter(has_files).map(|one| one.get_name().to_owned()).collect();
    let file = if is_file { shell_word(word) } else { "PRICES.csv".to_owned() };
    Some(format!("begin with a subcommand, {}: fourcast predict {file}", join(&names, "or")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the error of a command line that clap rejects.
    fn refused(line: &str) -> String {
        let words = std::iter::once("fourcast").chain(line.split(' '));
        with_tip(command().try_get_matches_from(words).unwrap_err()).to_string()
    }

    #[test]
    fn options_of_another_subcommand_are_distinguished_from_misspelt_ones() {
        let cell = refused("predict --cell=gru p.csv");
        assert!(cell.contains("'--cell' is an option of train and backtest") && !cell.contains("--color"), "{cell}");
        let above = refused("backtest p.csv --above 450");
        assert!(above.contains("'--above' is an option of predict; backtest scores"), "{above}");
        assert!(above.contains("fourcast backtest --brier +2%,-5%"), "{above}");
        let horizon = refused("explain p.csv --horizon 5");
        assert!(horizon.contains("explain takes the days ahead with '--ahead DAYS'"), "{horizon}");
        assert!(refused("predict --sereis A").contains("'--series'"));
    }

    #[test]
    fn a_name_after_a_single_dash_is_refused() {
        let mut cli = command();
        cli.build();
        let mut refused = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            refuse_single_dashes(&mut cli, &words).map_err(|error| error.to_string())
        };
        for line in
            ["fourcast predict -horizon 5 p.csv", "fourcast train p.csv -cell=gru", "fourcast predict p.csv -by S"]
        {
            let error = refused(line).unwrap_err();
            assert!(
                error.contains("tip: a similar argument exists: '--") && error.contains("Usage: fourcast"),
                "{error}"
            );
        }
        for line in [
            "fourcast predict -qv -mold.st p.csv",
            "fourcast predict -- -horizon",
            "fourcast predict -h",
            "fourcast -x",
        ] {
            assert_eq!(refused(line), Ok(()), "{line}");
        }
    }

    #[test]
    fn a_value_that_begins_with_a_dash_is_typed_behind_an_equals_sign() {
        let mut cli = command();
        cli.build();
        let mut tip = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let error = refuse_single_dashes(&mut cli, &words).err()?.to_string();
            error.lines().find_map(|line| line.trim().strip_prefix("tip: ").map(str::to_owned))
        };
        let options = ["--price-column", "--price", "--by", "--series", "--date-column", "--model", "-m", "--output"];
        for (option, value) in
            options.iter().flat_map(|option| ["-BAR", "-x", "-date", "--bar"].map(|value| (option, value)))
        {
            let expected = format!("to pass '{value}' as a value, use '{option}={value}'");
            let line = format!("fourcast predict p.csv {option} {value}");
            assert_eq!(tip(&line), Some(expected), "{line}");
            // The suggested command line is accepted.
            let typed = format!("fourcast predict p.csv {option}={value}");
            assert_eq!(tip(&typed), None, "{typed}");
            assert!(command().try_get_matches_from(typed.split(' ')).is_ok(), "{typed}");
        }
        for line in ["train p.csv --past -VIX", "train p.csv --future=A -q", "train p.csv --events -e.csv"] {
            assert_eq!(tip(&format!("fourcast {line}")).is_some(), !line.contains('='), "{line}");
        }
        for line in [
            "predict p.csv --series -q",
            "predict p.csv --horizon -5",
            "backtest p.csv --brier -5%",
            "predict p.csv -m -",
        ] {
            assert_eq!(tip(&format!("fourcast {line}")), None, "{line}");
        }
    }

    #[test]
    fn names_of_other_programs_lead_to_the_options() {
        for (typed, meant) in [
            ("predict p.csv --start 2020-01-01", "--since"),
            ("predict p.csv --end=2020-01-01", "--until"),
            ("train p.csv --json", "--format json"),
            ("predict p.csv --csv", "--format csv"),
            ("predict p.csv --out f.csv", "'--output FILE' of train, predict, "),
            ("predict p.csv -o f.csv", "> FILE"),
            ("backtest p.csv --days 250", "'--test-days DAYS' of compare, tune and backtest, days ahead"),
            ("train p.csv --days 5", "--horizon"),
            ("predict p.csv --ticker AAPL", "--series"),
            ("predict p.csv --symbol=AAPL", "--series"),
            ("train --file p.csv", "fourcast predict prices.csv"),
            ("train p.csv -e 5", "'--epochs N' of train, update, compare, tune and backtest"),
            ("train p.csv --windows 3", "is an option of compare and tune; a similar one here is '--window'"),
            ("help prdict", "did you mean 'predict'?"),
            ("help comapre", "did you mean 'compare'?"),
        ] {
            let error = refused(typed);
            let tip = error.lines().find(|line| line.contains("tip:")).unwrap_or_default();
            assert!(tip.contains(meant), "{typed}: {error}");
            assert_eq!(error.matches("tip:").count(), 1, "{typed}: {error}");
        }
    }

    #[test]
    fn a_name_of_another_program_that_is_an_option_here_has_both_tips() {
        let to = refused("predict p.csv --to 2020-01-01");
        assert!(to.contains("'--until DATE'; '--to' is an option of export"), "{to}");
    }

    #[test]
    fn a_file_without_a_subcommand_gets_the_subcommands() {
        let error = refused("prices.csv");
        let names = error.split_once("begin with a subcommand, ").map(|(_, names)| names).unwrap_or_default();
        for expected in ["train, ", "predict, ", "inspect, ", "or backtest: fourcast predict prices.csv"] {
            assert!(names.contains(expected), "{error}");
        }
        assert!(refused("my").contains("fourcast predict PRICES.csv"));
        let slip = refused("predcit prices.csv");
        assert!(slip.contains("'predict'") && !slip.contains("begin with"), "{slip}");
    }
}
