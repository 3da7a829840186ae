//! Averages beside counts, and names of funds that begin with a word of the bar.

use super::finder::Finder;
use crate::vocabulary::books::total;
use crate::vocabulary::counts::{is_amount, is_average, may_be_code, may_be_count};
use crate::vocabulary::names::{self, Role};

impl Finder<'_> {
    /// Whether a column holds counts, amounts or codes by its name and its numbers. Names in capitals can be tickers.
    pub(super) fn is_amount(&self, column: usize) -> bool {
        let name = &self.table.names[column];
        let is_whole = || !self.sample.holds_fractions(column);
        let is_code = || may_be_code(name) && self.sample.changes(column) == 0;
        let is_volume = || names::almost(name, |role| role == Role::Volume).is_some();
        // The comparison with the spelling of all names of volumes takes longest.
        (is_amount(name) || may_be_count(name) && is_whole() || is_code())
            && !names::is_long_symbol(name)
            && !is_volume()
    }

    /// Reads the average of a day as the price if the only other columns that could be read hold counts: the mean price
    /// beside the number of deals. Without an average, such as beside a previous close, the counts are no price either.
    pub(super) fn name_average(&mut self) {
        let is_open = |column: &usize| self.known[*column].is_none() && !self.dates.contains(column);
        let open: Vec<usize> = self.columns().filter(|column| is_open(column) && self.may_be_series(*column)).collect();
        let is_count = |&column: &usize| self.is_amount(column);
        // `Average price,Lots sold,Total value`
        let is_other = |&column: &usize| self.is_amount(column) || total(&self.table.names[column]).is_some();
        if !open.iter().any(is_count) || !open.iter().all(is_other) || !self.named_closes().is_empty() {
            return;
        }
        let is_price = |&column: &usize| {
            let is_unused = matches!(self.known[column], Some((Role::Unused, _)));
            is_unused && self.may_be_series(column) && self.is_like_price(column)
        };
        let prices: Vec<usize> = self.columns().filter(is_price).collect();
        let name = |column: usize| &self.table.names[column];
        let is_of_day = |&column: &usize| is_average(name(column)) && !names::is_of_day_before(name(column));
        let averages: Vec<usize> = prices.iter().copied().filter(is_of_day).collect();
        if prices.is_empty() || averages.is_empty() && !open.iter().all(is_count) {
            return;
        }
        if let [average] = averages[..] {
            self.known[average] = Some((Role::Close, 0));
        }
        open.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
        self.measures.extend(open);
    }

    /// Reads names such as `High Growth` beside `Growth` as names of funds if their prices are farther apart than those
    /// of one day. The name of a ticker in capitals is no such word.
    pub(super) fn free_names_of_funds(&mut self) {
        let name = |column: usize| &self.table.names[column];
        let is_fund = |column: &usize| {
            let Some(((Role::Open | Role::High | Role::Low, _), ticker)) = &self.affixed[*column] else { return false };
            let is_behind = name(*column).ends_with(ticker.as_str()) && !names::is_symbol(ticker);
            let is_own = |other: &usize| name(*other) == ticker && !self.sample.is_near(*column, *other);
            is_behind && self.may_be_series(*column) && self.columns().any(|other| is_own(&other))
        };
        let found: Vec<usize> = self.columns().filter(is_fund).collect();
        found.into_iter().for_each(|column| self.affixed[column] = None);
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    /// The first closes of a table of a price, another price, and a count of a few.
    fn closes(header: &str, cells: impl Fn(usize, [f64; 2], usize) -> String) -> Result<Vec<f64>, String> {
        let mut random = noise(29);
        let mut prices = [40.0_f64, 60.0];
        let mut text = format!("{header}\n");
        for row in 0..60_usize {
            prices = prices.map(|price| (price * (0.98 + 0.04 * random.next().unwrap()) * 100.0).round() / 100.0);
            let count = 9 + (7.0 * random.next().unwrap()) as usize;
            text += &format!("{},{}\n", date(2021, 3, 1) + (row as i64).days(), cells(row, prices, count));
        }
        let reading = read(&text).map_err(|error| error.to_string())?;
        Ok(reading.series.iter().map(|series| series.close[0]).collect())
    }

    #[test]
    fn an_average_beside_a_count_is_the_price() {
        for header in [
            "Date,Avg price,Number of deals",
            "Date,VWAP,Deals",
            "Date,Average Price,Arrivals",
            "Date,Weighted average,Bags sold",
            "Date,Average,Sample size",
            "Date,Mean price,Number of lots",
            "Datum,Durchschnittskurs,Anzahl Geschäfte",
        ] {
            let found = closes(header, |_, [price, _], count| format!("{price:.2},{count}"));
            assert!(found.as_ref().is_ok_and(|found| found.len() == 1 && found[0] > 30.0), "{header}: {found:?}");
        }
        let found = closes("Date,Average price,Lots sold,Total value", |_, [price, _], count| {
            format!("{price:.2},{count},{:.1}", 50.0 * price)
        });
        assert!(found.as_ref().is_ok_and(|found| found.len() == 1 && found[0] < 50.0), "{found:?}");
        let fault = closes("Date,Prev Close,Number of deals", |_, [price, _], count| format!("{price:.2},{count}"));
        assert!(fault.as_ref().is_err_and(|fault| fault.contains("'Prev Close'")), "{fault:?}");
        // The name of an index of sales, with decimals, and tickers in capitals.
        for header in ["Date,Orders,Sales", "Date,DEALS,QUOTES", "Date,Gold,Numbers"] {
            let found = closes(header, |_, [one, other], _| format!("{one:.2},{other:.2}"));
            assert_eq!(found.map(|found| found.len()), Ok(2), "{header}");
        }
    }

    #[test]
    fn units_held_beside_a_ticker_are_no_series() {
        for header in ["Date,AAPL,Units", "Date,BTC,units", "Date,VTI,Shares", "Date,Gold,Ounces", "Date,Kurs,Anteile"]
        {
            let found = closes(header, |row, [one, _], _| format!("{one:.2},{:.4}", 12.3456 + (row / 20) as f64));
            assert_eq!(found.map(|found| found.len()), Ok(1), "{header}");
        }
        let found = closes("Date,Bonds,Property,Shares,Cash", |_, [one, other], _| {
            format!("{one:.2},{other:.2},{:.2},{:.2}", 900.0 + 2.0 * one, 20.0 + 3.0 * other)
        });
        assert_eq!(found.map(|found| found.len()), Ok(4));
        let found = closes("Date,Bonds,Gold,Shares", |_, [one, other], _| {
            format!("{one:.2},{other:.2},{:.2}", 900.0 + 2.0 * one)
        });
        assert_eq!(found.map(|found| found.len()), Ok(3));
        let found = closes("Date,GOOG,IBM,CONTRACTS,SHARES-USD", |_, [one, other], _| {
            format!("{one:.2},{other:.2},{:.2},{:.2}", 900.0 + 2.0 * one, 20.0 + 3.0 * other)
        });
        assert_eq!(found.map(|found| found.len()), Ok(4));
    }

    #[test]
    fn names_of_funds_may_hold_words_for_measures() {
        for header in [
            "Date,Low Volatility,High Dividend",
            "Date,Absolute Return,Equity",
            "Date,Price Index,Return Index",
            "Date,Price Return,Net Return",
            "Date,SPLV Low Volatility,SPHB High Beta",
            "Date,Growth,High Growth",
            "Date,Duration,Low Duration",
        ] {
            let found = closes(header, |_, [one, other], _| format!("{one:.2},{other:.2}"));
            assert_eq!(found.map(|found| found.len()), Ok(2), "{header}");
        }
        // A volatility is no price, and a high of the same day is none of another fund.
        let volatility = |_: usize, [one, _]: [f64; 2], count: usize| format!("{one:.2},{}", count as f64 / 64.0);
        assert_eq!(closes("Date,AAPL,AAPL Volatility", volatility).map(|found| found.len()), Ok(1));
        let high = |_: usize, [one, _]: [f64; 2], _: usize| format!("{one:.2},{:.2}", one + 0.4);
        assert_eq!(closes("Date,Growth,High Growth", high).map(|found| found.len()), Ok(1));
    }

    #[test]
    fn a_constant_beside_a_rate_is_no_price() {
        for (header, cell) in
            [("Datum,Sifra,Kurs A", "840"), ("Дата,Код цифровий,Курс A", "840"), ("Date,Payout,Fund A", "0")]
        {
            let found = closes(header, |_, [one, _], _| format!("{cell},{one:.2}"));
            assert!(found.as_ref().is_ok_and(|found| found.len() == 1 && found[0] < 50.0), "{header}: {found:?}");
        }
        let found = closes("Date,USDT,BTC", |_, [one, _], _| format!("1.25,{one:.2}"));
        assert_eq!(found.map(|found| found.len()), Ok(2));
    }

    #[test]
    fn the_mean_of_two_rates_is_the_price() {
        for header in ["Datum,Köp,Sälj,Mitt", "Dátum,Vétel,Eladás,Közép", "Date,A,B,C"] {
            let found = closes(header, |_, [one, _], _| format!("{:.2},{:.2},{one:.2}", one - 0.13, one + 0.13));
            assert!(found.as_ref().is_ok_and(|found| found.len() == 1), "{header}: {found:?}");
        }
        let row = |day: u8| format!("2024-01-{day:02},151.{day:02},151.{},151.{}\n", day + 30, day + 15);
        let text = format!("Date,Alpha,Beta,Gamma\n{}", (2..30).map(row).collect::<String>());
        let warnings: Vec<String> = read(&text).unwrap().warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.iter().any(|warning| warning.contains("'Alpha' and 'Beta'")), "{warnings:?}");
        // Another rate is not dropped.
        let found = closes("Date,sofr,iorb,p25,p75", |_, [one, _], _| {
            format!("{one:.2},5.40,{:.2},{:.2}", one - 0.13, one + 0.13)
        });
        assert_eq!(found.map(|found| found.len()), Ok(4));
        // An index of two stocks is one of three series.
        let found =
            closes("Date,A1,B2,Basket", |_, [one, other], _| format!("{one:.2},{other:.2},{:.3}", (one + other) / 2.0));
        assert_eq!(found.map(|found| found.len()), Ok(3));
    }
}
