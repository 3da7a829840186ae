//! The command line that trains a trial again: the options typed for the search, with the settings of the trial instead
//! of the searched values.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::eval::tune::TrialSettings;
use crate::model::ConfigOptions;
use crate::words::shell_word;

/// Options of `train` that the search determines, or on which a model does not depend.
const DECIDED: [&str; 15] = [
    "files",
    "named",
    "cell",
    "window",
    "hidden",
    "layers",
    "learning_rate",
    "epochs",
    "init_from",
    "threads",
    "format",
    "levels",
    "quiet",
    "verbose",
    "color",
];

/// Returns the command that trains the trial of `settings` with `options`, and writes the model `model`; `typed` is
/// what was typed after `fourcast tune`.
pub fn train_command(typed: &ArgMatches, settings: &TrialSettings, options: &ConfigOptions, model: &str) -> String {
    let mut words = vec!["fourcast".to_owned(), "train".to_owned()];
    let files: Vec<String> = typed.get_raw("files").into_iter().flatten().map(text).collect();
    match files.is_empty() || files.iter().any(|file| file == "-") {
        // Standard input cannot be read a second time.
        true => words.push("PRICES.csv".to_owned()),
        false => words.extend(files.iter().map(|file| shell_word(file))),
    }
    let mut add = |name: &str, value: &str| {
        words.push(match value.starts_with('-') {
            true => format!("--{name}={}", shell_word(value)),
            false => format!("--{name} {}", shell_word(value)),
        });
    };
    add("cell", settings.cell.name());
    if options.window != Some(1) || settings.window != 1 || options.topology != crate::nn::Topology::OneToMany {
        add("window", &settings.window.to_string());
    }
    add("hidden", &settings.hidden.to_string());
    add("layers", &settings.layers.to_string());
    add("learning-rate", &settings.learning_rate.to_string());
    if let Some(epochs) = settings.epochs {
        add("epochs", &epochs.to_string());
    }
    add("init-from", if settings.pretrained { "pretrained" } else { "random" });
    words.extend(kept(typed, settings, options));
    words.push(format!("-m {}", shell_word(model)));
    words.join(" ")
}

/// Returns the other typed options that `train` also has and that affect the trial.
fn kept(typed: &ArgMatches, settings: &TrialSettings, options: &ConfigOptions) -> Vec<String> {
    let cli = crate::cli::command();
    let Some(train) = cli.find_subcommand("train") else { return Vec::new() };
    let has_effect = |id: &str| match id {
        "activation" => !settings.cell.is_gated(),
        "recurrent_init" => settings.cell.is_recurrent() && !settings.pretrained,
        "teacher_forcing" => settings.cell.is_recurrent(),
        "dropout" => settings.layers > 1,
        // A network for several days ahead also forecasts that day.
        "horizon" => options.horizon.is_some(),
        _ => true,
    };
    let mut words = Vec::new();
    for arg in train.get_arguments() {
        let id = arg.get_id().as_str();
        let is_typed = typed.try_contains_id(id).is_ok() && typed.value_source(id) == Some(ValueSource::CommandLine);
        let Some(long) = arg.get_long().filter(|_| is_typed && !DECIDED.contains(&id) && has_effect(id)) else {
            continue;
        };
        if !arg.get_action().takes_values() {
            words.push(format!("--{long}"));
            continue;
        }
        let values: Vec<String> = typed.get_raw(id).into_iter().flatten().map(text).collect();
        let value = shell_word(&values.join(","));
        let between = if value.starts_with('-') { '=' } else { ' ' };
        words.push(format!("--{long}{between}{value}"));
    }
    words
}

fn text(value: &std::ffi::OsStr) -> String {
    value.to_string_lossy().into_owned()
}
