//! Fundamentals of a company or a fund beside its price: price to earnings, earnings per share, dividend yield, net
//! assets, the number of holders.

use std::collections::{HashMap, HashSet};

use super::finder::Finder;
use crate::vocabulary::affix::{Measured, ends_at_words, is_count, measured};
use crate::vocabulary::books::total;
use crate::vocabulary::funds::is_of_fund;
use crate::vocabulary::indicators::{Measure, measure};
use crate::vocabulary::names::{Role, normal};

impl Finder<'_> {
    /// Marks columns of fundamentals as no series: if the name of one can mean nothing else, or if most of those that
    /// could be tickers are correlated with the only other column, as ratios of it are, or hardly change.
    pub(super) fn name_measures(&mut self) {
        self.name_measures_of_tickers();
        // The total assets of a fund are no price, but those of a portfolio are.
        let is_of_books =
            |column: usize| self.known[column] == Some((Role::Close, 0)) && total(&self.table.names[column]).is_some();
        let may_be =
            |column: &usize| !self.dates.contains(column) && !is_of_books(*column) && self.may_be_series(*column);
        let (mut found, others): (Vec<usize>, Vec<usize>) =
            self.columns().filter(may_be).partition(|&column| measure(&self.table.names[column]).is_some());
        let closes: Vec<usize> = self.named_closes();
        let is_clear = |column: &usize| measure(&self.table.names[*column]) == Some(Measure::Clear);
        let others: Vec<usize> = others.into_iter().filter(|&column| self.is_unnamed_series(column)).collect();
        let price = if others.is_empty() { &closes } else { &others };
        // Without a price column, the assets of a fund can be the series to read.
        if price.is_empty() {
            found.retain(|&column| !is_of_fund(&normal(&self.table.names[column])));
        }
        let goes_with = match price[..] {
            [price] => found.iter().filter(|&&column| self.is_of_company(column, price)).count(),
            _ => 0,
        };
        if found.iter().any(is_clear) || goes_with > 0 && 2 * goes_with >= found.len() {
            found.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
            self.measures.extend(found);
        }
    }

    /// Marks columns of fundamentals and indicators of the tickers of a wide table: `AAPL PE` and `MSFT PE` beside
    /// `AAPL`.
    fn name_measures_of_tickers(&mut self) {
        let is_open = |column: usize| self.known[column].is_none() && self.affixed[column].is_none();
        let may_be = |column: &usize| !self.dates.contains(column) && is_open(*column) && self.may_be_series(*column);
        let of = |column: usize| -> (usize, Vec<Measured<'_>>) {
            let fits = |one: &Measured<'_>| !is_count(&one.form.1) || !self.sample.holds_fractions(column);
            (column, measured(&self.table.names[column]).into_iter().filter(fits).collect())
        };
        let columns: Vec<(usize, Vec<Measured<'_>>)> = self.columns().filter(may_be).map(of).collect();
        // A ticker has another column, with its price: `AAPL`, `AAPL_price`, `AAPL(P)`.
        let closes = self.columns().filter(|&column| self.affixed[column].is_some());
        let others =
            columns.iter().filter(|(_, measured)| measured.is_empty()).map(|(column, _)| *column).chain(closes);
        let names: HashSet<(&str, bool)> = others.flat_map(|column| ends_at_words(&self.table.names[column])).collect();
        let is_of_ticker = |one: &Measured<'_>| names.contains(&(one.ticker, one.form.0));
        let of_tickers = columns.iter().flat_map(|(_, measured)| measured).filter(|one| is_of_ticker(one));
        let mut tickers: HashMap<&(bool, String), HashSet<&str>> = HashMap::new();
        for one in of_tickers {
            tickers.entry(&one.form).or_default().insert(one.ticker);
        }
        // `Real Assets` beside `Real Estate` and `Realty` is a name, but `Gold Stock` in a table of only `Gold` is not.
        let is_a_column = |ticker: &str| {
            let is_own = |column: usize| self.table.names[column] == ticker;
            self.columns()
                .any(|column| is_own(column) || self.affixed[column].as_ref().is_some_and(|it| it.1 == ticker))
        };
        let is_in_all = |ticker: &str| columns.iter().all(|(column, _)| self.table.names[*column].starts_with(ticker));
        let are_tickers = |found: &HashSet<&str>| {
            found.len() > 1 || found.iter().any(|ticker| is_a_column(ticker) || is_in_all(ticker))
        };
        let forms: HashSet<&(bool, String)> =
            tickers.into_iter().filter(|(_, found)| are_tickers(found)).map(|(form, _)| form).collect();
        let is_of_form = |one: &Measured<'_>| forms.contains(&one.form);
        let of_forms = columns.iter().filter(|(_, measured)| measured.iter().any(is_of_form));
        let found: Vec<usize> = of_forms.map(|(column, _)| *column).collect();
        found.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        self.measures.extend(found);
    }

    /// Whether a column is correlated with a price as its ratios are, or hardly changes.
    fn is_of_company(&self, column: usize, price: usize) -> bool {
        const MIN_WITH: f64 = 0.9;
        const MIN_AGAINST: f64 = 0.6;
        const MIN_ROWS_PER_CHANGE: usize = 10;
        let is_set = || MIN_ROWS_PER_CHANGE * self.sample.changes(column) <= self.sample.changes(price);
        let moves = self.sample.correlation(column, price);
        moves.is_some_and(|moves| moves >= MIN_WITH || moves <= -MIN_AGAINST) || is_set()
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::ReadError;
    use crate::error::Problem;
    use crate::testing::{noise, read};

    /// The closes that are read of a table of two tickers with a price and another quantity each.
    fn closes(names: [&str; 2], quantity: impl Fn(usize, f64) -> String) -> Vec<f64> {
        let of = |ticker: &str| names.map(|name| name.replace('$', ticker)).join(",");
        let mut text = format!("Date,{},{}\n", of("AAPL"), of("KO"));
        let mut random = noise(17);
        let mut prices = [40.0_f64, 130.0];
        for row in 0..60_usize {
            prices = prices.map(|price| (price * (0.98 + 0.04 * random.next().unwrap()) * 100.0).round() / 100.0);
            let cells = prices.map(|price| format!("{price},{}", quantity(row, price))).join(",");
            text += &format!("{},{cells}\n", date(2021, 3, 1) + (row as i64).days());
        }
        let reading = read(&text).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        reading.series.iter().map(|series| series.close[0].round()).collect()
    }

    #[test]
    fn quantities_of_tickers_are_no_series() {
        let times = |factor: f64| move |_: usize, price: f64| format!("{:.2}", factor * price);
        let count = |row: usize, _: f64| (400_000 + row * 7919 % 30_000).to_string();
        let two = [40.0, 130.0];
        let is_near = |found: &[f64]| {
            found.len() == 2 && found.iter().zip(two).all(|(found, price)| (found / price - 1.0).abs() < 0.05)
        };
        for (names, found) in [
            (["$_price", "$_market_cap"], closes(["$_price", "$_market_cap"], times(1.5e9))),
            (["$(P)", "$(MV)"], closes(["$(P)", "$(MV)"], times(1234.0))),
            (["$(P)", "$(VO)"], closes(["$(P)", "$(VO)"], count)),
            (["$ Price", "$ P/E"], closes(["$ Price", "$ P/E"], times(0.2))),
            (["$ Settle", "$ OI"], closes(["$ Settle", "$ OI"], count)),
            (["$.C", "$.V"], closes(["$.C", "$.V"], count)),
            (["$ Last", "$ Turnover"], closes(["$ Last", "$ Turnover"], count)),
            (["$收盘", "$成交量"], closes(["$收盘", "$成交量"], count)),
            (["$ Cash", "$ stock"], closes(["$ Cash", "$ stock"], count)),
            (["$", "$_weight"], closes(["$", "$_weight"], |row, _| format!("0.{}", 300 + row % 7))),
            (["$", "$_IV30"], closes(["$", "$_IV30"], |row, _| format!("{}.5", 20 + row % 7))),
        ] {
            assert!(is_near(&found), "{names:?}: {found:?}");
        }
    }

    #[test]
    fn other_prices_of_tickers_are_series() {
        for names in [["$ I", "$ V"], ["$ Spot", "$ Forward"]] {
            assert_eq!(closes(names, |_, price| format!("{:.2}", 1.7 * price)).len(), 4, "{names:?}");
        }
    }

    /// Fundamentals of a company move like a price, but are no prices.
    #[test]
    fn ratios_beside_a_price_are_no_series() {
        let header = "Date,Ticker,Stock Price,P/E Ratio,Dividend Yield (%),Mkt Cap,EPS (TTM),Shares Outstanding\n";
        let row = |ticker: &str, day: usize| {
            let price = 100.0 + (day * 7 % 5) as f64;
            let (ratio, cap) = (price / 6.1, price * 16e9);
            format!("2024-01-{day:02},{ticker},{price:.2},{ratio:.2},{:.2},{cap},6.1{day},16000000000\n", 50.0 / price)
        };
        let rows: String = (2..29).flat_map(|day| [row("AAPL", day), row("MSFT", day)]).collect();
        let names =
            |text: &str| read(text).unwrap().series.iter().map(|series| series.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&format!("{header}{rows}")), ["AAPL", "MSFT"]);
        let alone = format!("{header}{rows}").replace(",Ticker", "").replace(",AAPL", "");
        let alone: String =
            alone.lines().filter(|line| !line.contains("MSFT")).map(|line| format!("{line}\n")).collect();
        assert_eq!(names(&alone), ["prices"]);
    }

    /// Beside a price that is named by a ticker, they are no prices either; short names are tickers if their columns move
    /// like tickers.
    #[test]
    fn measures_of_a_company_are_no_series_of_a_wide_table() {
        let prices: Vec<f64> = noise(3)
            .take(60)
            .scan(100.0, |price, part| {
                *price *= 1.0 + 0.04 * (part - 0.5);
                Some(*price)
            })
            .collect();
        let other = |seed: u64, row: usize| 40.0 * (1.0 + 0.1 * noise(seed).nth(row).unwrap());
        let table = |names: &str, of: &dyn Fn(f64, usize) -> Vec<f64>| {
            let row = |(row, price): (usize, &f64)| {
                let day = date(2024, 1, 1).saturating_add(jiff::ToSpan::days(row as i64));
                let cells: Vec<String> = of(*price, row).iter().map(|cell| format!("{cell:.2}")).collect();
                format!("{day},{}\n", cells.join(","))
            };
            let rows: String = prices.iter().enumerate().map(row).collect();
            read(&format!("Date,{names}\n{rows}")).map(|read| read.series.iter().map(|one| one.name.clone()).collect())
        };
        let names = |names: &str, of: &dyn Fn(f64, usize) -> Vec<f64>| -> Vec<String> { table(names, of).unwrap() };
        let measured = |price: f64, _: usize| vec![price, price / 5.0, 200.0 / price, 5.25, price / 20.0];
        for measures in
            ["PE Ratio,Dividend Yield,EPS,P/B", "PE,DY,EPS,PBR", "peTTM,Yield,ROE,pbMRQ", "PER,Yield,ROE,PBR"]
        {
            assert_eq!(names(&format!("KO,{measures}"), &measured), ["prices"], "{measures}");
        }
        let others = |price: f64, row: usize| vec![price, other(5, row), other(6, row), other(7, row), other(8, row)];
        assert_eq!(names("KO,PE,EPS,DY,CAP", &others), ["KO", "PE", "EPS", "DY", "CAP"]);
        let alone = |price: f64, _: usize| vec![price / 5.0, 200.0 / price];
        let error: Result<Vec<String>, ReadError> = table("PE Ratio,Dividend Yield", &alone);
        assert!(matches!(&*error.unwrap_err().problem, Problem::NoColumn { fitting, .. } if fitting.is_empty()));
    }
}
