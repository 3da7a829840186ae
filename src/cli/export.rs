//! `fourcast export`: writes the whole forecast of a model as a graph that other programs run.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use super::chosen_model::Model;
use super::covariates::EventArgs;
use super::files::{check_target, refuse_ending};
use super::options::{ModelArgs, PriceArgs, Use, place, read};
use super::output_args::Output;
use super::questions::level;
use super::single::only_file;
use super::warnings::CliWarning;
use super::{CliError, note, output, warn};
use crate::files::write_atomically;
use crate::model::onnx::{self, Feed};
use crate::model::{self, Forecaster};
use crate::prices::{ReadOptions, Source};
use crate::report;

/// Write a model as a graph that computes the whole forecast without fourcast: prices in, quantiles of later closes
/// out.
///
/// The graph holds what `predict` computes from the rows of a file: inputs, scaling, all networks, the predictive
/// distribution, calibration and prices. Its inputs are the columns of the file, all rows, the oldest first;
/// `--inputs` prints them as json, by the names of the inputs of the graph. Price grids are not in the graph, and a
/// warning is printed if a file has one.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast export --to onnx model.safetensors -o model.onnx
  fourcast export --to onnx model.safetensors -o model.onnx --quantiles 0.01,0.5,0.99
  fourcast export --to onnx model.safetensors --inputs prices.csv > inputs.json")]
pub struct Args {
    /// The model file [default: model.safetensors]
    #[arg(value_name = "MODEL", conflicts_with = "named")]
    file: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// The form of the graph
    #[arg(long, value_enum, value_name = "FORM", help_heading = "Graph")]
    to: Form,
    /// Write the graph into this file, atomically
    #[arg(short, long = "output", value_name = "FILE", required_unless_present = "files", help_heading = "Graph")]
    output: Option<PathBuf>,
    /// Levels of the quantiles that the graph computes, between 0 and 1, in increasing order; a level given twice
    /// counts once
    #[arg(
        long,
        value_name = "LEVELS",
        value_delimiter = ',',
        value_parser = level_of_graph,
        requires = "output",
        default_value = "0.05,0.25,0.5,0.75,0.95",
        help_heading = "Graph"
    )]
    quantiles: Vec<f64>,
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    events: EventArgs,
    /// Print no warnings
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// Parses a level on the command line; outside of these bounds the series in the graph are not exact.
fn level_of_graph(text: &str) -> Result<f64, String> {
    let bounds = onnx::MIN_LEVEL..=1.0 - onnx::MIN_LEVEL;
    level(text).and_then(|level| match bounds.contains(&level) {
        true => Ok(level),
        false => Err(format!("a level of a graph is a number from {:e} to 1 - {:e}", onnx::MIN_LEVEL, onnx::MIN_LEVEL)),
    })
}

/// Forms of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Open Neural Network Exchange, opset 17
    Onnx,
}

/// Makes the file of prices an option, and makes the options about prices require it.
pub fn inputs(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| match arg.get_help_heading() {
            Some("Prices" | "Further inputs") => arg.requires("files"),
            _ => arg,
        })
        .mut_arg("files", |arg| {
            arg.long("inputs")
                .value_name("CSV")
                .num_args(1)
                .action(clap::ArgAction::Set)
                .help("Print the inputs of the graph for this file of prices, as json; \"-\" is standard input")
                .help_heading("Prices")
        })
}

/// The checked request, with the model loaded.
struct ExportRequest {
    forecaster: Forecaster,
    form: Form,
    output: Option<PathBuf>,
    levels: Vec<f64>,
    inputs: Option<Inputs>,
    quiet: bool,
}

/// A file of prices whose rows are to be printed.
struct Inputs {
    source: Source,
    model: Model,
    typed: ReadOptions,
    read: ReadOptions,
}

impl Args {
    fn resolve(self) -> Result<ExportRequest, CliError> {
        let prices = match self.prices.has_files() {
            true => {
                let (sources, mut read) = self.prices.resolve()?;
                self.events.resolve(&mut read)?;
                let help = "print the inputs of one file after the other";
                Some((only_file(sources, "one graph is fed", help)?, read))
            }
            false => None,
        };
        let model_path = self.file.unwrap_or_else(|| self.model.resolve().path);
        let forecaster = model::load(&model_path)?;
        if let Some(path) = &self.output {
            let sources = prices.as_ref().map_or(&[][..], |(source, _)| std::slice::from_ref(source));
            check_target(path, ("an ONNX file of fourcast", onnx::is_export), sources, Some(&model_path))?;
            refuse_ending(path, ("a graph is a file of ONNX", "onnx"), &["onnx"])?;
        }
        let model = Model::File { forecaster: Box::new(forecaster.clone()), path: model_path, is_named: true };
        let inputs = match prices {
            Some((source, typed)) => Some(Inputs { read: model.read_options(&typed)?, source, model, typed }),
            None => None,
        };
        Ok(ExportRequest {
            forecaster,
            form: self.to,
            output: self.output,
            levels: in_order(self.quantiles),
            inputs,
            quiet: self.quiet,
        })
    }
}

/// Returns the levels in increasing order, each once.
fn in_order(mut levels: Vec<f64>) -> Vec<f64> {
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    levels
}

/// Runs the subcommand: everything that can fail is done before anything is written.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let feed = request.inputs.as_ref().map(|inputs| inputs.feed(&request)).transpose()?;
    if let Some(path) = &request.output {
        write_atomically(path, &request.graph()).map_err(|error| CliError::cannot_write(path, &error))?;
    }
    if let Some(feed) = feed {
        let text = serde_json::to_string(&feed)? + "\n";
        let mut out = output::stdout((false, false))?;
        out.write_all(text.as_bytes()).and_then(|()| out.flush())?;
    }
    Ok(())
}

impl ExportRequest {
    fn graph(&self) -> Vec<u8> {
        match self.form {
            Form::Onnx => onnx::export(&self.forecaster, &self.levels),
        }
    }
}

impl Inputs {
    /// Returns the inputs of the graph for a file of prices, and prints the warnings about it.
    fn feed(&self, request: &ExportRequest) -> Result<Feed, CliError> {
        let Inputs { source, model, typed, read: options } = self;
        let output = Output {
            format: report::Format::Json,
            levels: Vec::new(),
            quiet: request.quiet,
            verbose: false,
            strict: false,
        };
        let reading =
            read(source, options, (&output, Use::Forecast)).map_err(|error| model.unreadable(&error, source, typed))?;
        let series = reading.only().map_err(CliError::from)?;
        reading.rows_settled().map_err(|error| model.misspaced(error, typed))?;
        let feed =
            onnx::feed(&request.forecaster, series).map_err(|error| CliError::series((source, &reading, 0), &error))?;
        if !request.quiet {
            let place = place(source, &reading, 0, None);
            if let Some(of_prices) = request.forecaster.other_prices(series).as_ref().map(CliWarning::of_note) {
                warn(&format!("{place}: {}", of_prices.text), of_prices.hint.as_deref());
            }
            model.note(&place, series).iter().for_each(|message| note(message));
            feed.notes.iter().for_each(|note| warn(&format!("{place}: {note}"), None));
        }
        Ok(feed)
    }
}
