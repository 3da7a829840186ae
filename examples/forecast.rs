//! Trains on a file of daily prices and forecasts the next close, like `fourcast train` and `fourcast predict` without
//! options: `cargo run --release --example forecast PRICES.csv`.

use std::error::Error;

use fourcast::model::{self, Config, FitOptions, Fitted, Forecast, SilentFit};
use fourcast::prices::{self, ReadOptions, Source};

/// Fits a model to the prices of a file and forecasts the next close.
pub fn train(path: &str) -> Result<(Fitted, Forecast), Box<dyn Error>> {
    let reading = prices::read(&Source::File(path.into()), &ReadOptions::default())?;
    let series = reading.only_settled()?;
    let config = Config::for_series(series);
    let pretrained = model::pretrained(&config);
    let fitted = model::fit(series, &config, pretrained.as_ref(), FitOptions::default(), &SilentFit)?;
    let forecast = fitted.forecaster.forecast(series)?;
    Ok((fitted, forecast))
}

#[allow(clippy::print_stdout, reason = "it is a program")]
fn main() -> Result<(), Box<dyn Error>> {
    let (_, forecast) = train(&std::env::args().nth(1).ok_or("expected the name of a file of daily prices")?)?;
    let (lower, upper) = forecast.interval(0, 0.9);
    println!("{}: {:.2}, 90 % interval {lower:.2} to {upper:.2}", forecast.dates[0], forecast.median(0));
    Ok(())
}
