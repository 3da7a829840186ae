//! Columns that label the rows and hold no prices, by their numbers: row numbers, days as digits or as a count of days.

use super::finder::Finder;
use super::groups::VAGUE;
use crate::vocabulary::names::Role;

impl Finder<'_> {
    /// Marks columns of labels, whatever their names, as no prices if another column can be the price.
    pub(super) fn pass_over_labels(&mut self) {
        let Some(&date) = self.dates.first().filter(|_| self.table.header.is_some()) else { return };
        let days = self.sample.days_of_rows(date, self.date_order);
        let is_label = |column: usize| {
            self.sample.numbers_rows(column) || self.sample.holds_days_in_numbers(column, &days, self.date_order)
        };
        let may_be = |column: &usize| !self.dates.contains(column) && self.may_be_label(*column);
        let (labels, others): (Vec<usize>, Vec<usize>) = self.columns().filter(may_be).partition(|&at| is_label(at));
        let is_clear = |(column, (role, rank)): (usize, (Role, u8))| {
            role.is_close() && rank < VAGUE && self.sample.holds_numbers(column)
        };
        let may_be_price = |&column: &usize| {
            let is_open = !matches!(self.known[column], Some((Role::Date | Role::Unused, _)));
            is_open && self.sample.holds_numbers(column)
        };
        if others.iter().any(may_be_price) || self.all_named().into_iter().any(is_clear) {
            labels.iter().for_each(|&column| self.known[column] = Some((Role::Unused, 0)));
            self.labels = labels;
        }
    }

    /// Whether the name of a column allows it to be a label: `index` can also be an index of prices.
    fn may_be_label(&self, column: usize) -> bool {
        match self.known[column] {
            None | Some((Role::Date | Role::Unused, _)) => true,
            Some((role, rank)) => role == Role::Close && rank >= VAGUE,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::{Date, date};

    use crate::testing::{priced, read};
    use crate::{Problem, read_bytes};

    /// A table of 30 days with a label in each row.
    fn table(header: &str, label: impl Fn(i64, Date) -> String) -> String {
        let row = |at: i64| {
            // From Monday to Friday.
            let day = date(2021, 3, 1) + (at + 2 * (at / 5)).days();
            let price = |by: i64, from: i64| from as f64 + (at * by % 7) as f64 * 0.25;
            let cells = header.split(',').map(|name| match name {
                "Date" => day.to_string(),
                "AAPL" | "nav" | "Close" => format!("{:.2}", price(3, 40)),
                "MSFT" => format!("{:.2}", price(5, 90)),
                _ => label(at, day),
            });
            cells.collect::<Vec<_>>().join(",") + "\n"
        };
        format!("{header}\n{}", (0..30).map(row).collect::<String>())
    }

    fn series(text: &str) -> Vec<String> {
        let reading = read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(reading.warnings.is_empty(), "{:?}\n{text}", reading.warnings);
        reading.series.iter().map(|series| format!("{} {}", series.name, series.close[0])).collect()
    }

    fn seconds(day: Date) -> i64 {
        i64::from((day - date(1970, 1, 1)).get_days()) * 86_400
    }

    #[test]
    fn numbers_of_rows_and_days_in_numbers_are_no_prices() {
        type Label = fn(i64, Date) -> String;
        let labels: [Label; 11] = [
            |at, _| at.to_string(),
            |at, _| (at + 1).to_string(),
            |at, _| (30 - at).to_string(),
            |at, _| (1000 + at).to_string(),
            |at, _| (at + at / 12).to_string(),
            |_, day| day.strftime("%Y%m%d").to_string(),
            |_, day| (seconds(day) + 52_200).to_string(),
            |_, day| format!("{}000", seconds(day)),
            |_, day| ((date(2021, 12, 31) - day).get_days()).to_string(),
            |_, day| ((day - date(1899, 12, 30)).get_days()).to_string(),
            |_, day| format!("{}.0", seconds(day + 1.day())),
        ];
        for (place, label) in labels.into_iter().enumerate() {
            for name in ["index", "row_id", "S.No", "nr tabeli", "update", "update_date"] {
                let of = |header: &str| series(&table(&header.replace('#', name), label));
                assert_eq!(of("#,Date,AAPL,MSFT"), ["AAPL 40", "MSFT 90"], "{place} {name}");
                assert_eq!(of("Date,AAPL,#"), ["prices 40"], "{place} {name}");
                assert_eq!(of("#,Date,nav"), ["prices 40"], "{place} {name}");
                assert_eq!(of("Date,#,Close"), ["prices 40"], "{place} {name}");
            }
        }
    }

    /// Beside tickers, a column with a name of a price is not recognised as a label by its name.
    #[test]
    fn a_label_with_the_name_of_a_price_is_said() {
        let of = |header: &str| {
            let reading = read(&table(header, |at, _| at.to_string())).unwrap();
            let warnings: Vec<String> = reading.remarks().iter().map(|warning| warning.to_string()).collect();
            (reading.series.len(), warnings)
        };
        let warnings = "column 'value' is not read: it contains no prices".to_owned();
        assert_eq!(of("value,Date,AAPL,MSFT"), (2, vec![warnings.clone()]));
        assert_eq!(of("Date,AAPL,value"), (1, vec![warnings]));
        assert_eq!(of("Date,value,Close"), (1, Vec::new()));
    }

    #[test]
    fn a_label_is_not_offered_and_not_read_as_the_price() {
        let text = table("index,Date,nav,MSFT", |at, _| at.to_string());
        let error = read_bytes("p.csv", text.as_bytes(), &priced("index")).unwrap_err();
        let Problem::OtherKind { fitting, .. } = &*error.problem else { panic!("{error}") };
        assert_eq!(fitting[..], ["nav", "MSFT"]);
    }

    #[test]
    fn prices_that_rise_by_one_stay_prices_where_all_do() {
        let rows = |columns: usize| {
            (0..8).map(|row| format!("2021-03-0{}{}\n", row + 1, format!(",{row}").repeat(columns))).collect::<String>()
        };
        assert_eq!(read(&format!("Date,A,B\n{}", rows(2))).unwrap().series.len(), 2);
        assert_eq!(read(&format!("Date,index\n{}", rows(1))).unwrap().series.len(), 1);
    }

    #[test]
    fn large_whole_prices_are_no_days() {
        let text = table("Date,AAPL,TURBO", |at, _| (20_211_299 + at * 7_919 % 3_000).to_string());
        assert_eq!(series(&text).len(), 2);
    }
}
