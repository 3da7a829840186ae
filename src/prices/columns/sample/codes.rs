//! Whether whole numbers are the codes of several series.

use std::collections::{HashMap, HashSet};

use super::Sample;
use crate::moves::median;

impl Sample {
    /// Whether a column of whole numbers distinguishes the series of several rows a day: no two rows of a day share a
    /// number, each number comes again, and prices under one number are nearer to each other from day to day than those
    /// of a day under different numbers. Hours of a day do not do so.
    pub fn tells_series_apart(&self, column: usize, date: usize, price: usize) -> bool {
        const MIN_ROWS: usize = 6;
        const MIN_TIMES_MOVE: f64 = 2.0;
        if self.kinds[column].decimals > 0 || !self.holds_prices(column) || self.holds_fractions(column) {
            return false;
        }
        let rows = self.rows[..self.first].iter();
        let rows: Vec<(&[u8], &[u8], f64)> = rows
            .filter_map(|row| Some((&row.get(date)?[..], &row.get(column)?[..], self.number(row, price)?)))
            .collect();
        let days: HashSet<&[u8]> = rows.iter().map(|(day, ..)| *day).collect();
        let codes: HashSet<&[u8]> = rows.iter().map(|(_, code, _)| *code).collect();
        let both: HashSet<(&[u8], &[u8])> = rows.iter().map(|&(day, code, _)| (day, code)).collect();
        let are_few = codes.len() > 1 && 2 * codes.len() <= rows.len() && 4 * days.len() <= 3 * rows.len();
        if rows.len() < MIN_ROWS || both.len() < rows.len() || !are_few {
            return false;
        }
        let distance = |one: f64, other: f64| (one / other).ln().abs();
        let apart = rows.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| distance(pair[1].2, pair[0].2));
        let mut last: HashMap<&[u8], f64> = HashMap::new();
        let moves = rows.iter().filter_map(|&(_, code, price)| Some(distance(price, last.insert(code, price)?)));
        let [moves, apart] = [moves.collect(), apart.collect()]
            .map(|sizes: Vec<f64>| median(sizes.into_iter().filter(|size| size.is_finite()).collect()));
        moves.zip(apart).is_some_and(|(moves, apart)| apart > MIN_TIMES_MOVE * moves)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::ColumnRef;
    use crate::testing::{noise, read};
    use crate::{ReadOptions, read_bytes};

    /// Rows of each day under several numbers, with a price that is made of the day, the number and a random walk of
    /// each number.
    fn table(name: &str, codes: &[usize], price: impl Fn(f64, usize) -> f64) -> String {
        let mut random = noise(9);
        let mut walk = vec![50.0_f64; codes.len()];
        let mut text = format!("date,{name},close\n");
        for row in 0..40_i64 {
            for (place, code) in codes.iter().enumerate() {
                walk[place] *= 0.98 + 0.04 * random.next().unwrap();
                let day = date(2021, 3, 1) + row.days();
                text += &format!("{day},{code},{:.2}\n", price(walk[place], place));
            }
        }
        text
    }

    #[test]
    fn numbers_of_several_series_are_named() {
        for codes in [&[2021, 2022][..], &[1, 2, 3], &[600_000, 600_036]] {
            let text = table("series", codes, |walk, place| walk * (1.0 + place as f64));
            let found = read(&text).unwrap_err().to_string();
            assert!(found.contains("is also on line"), "{found}");
            let by = ReadOptions { by: Some(ColumnRef::Name("series".into())), ..ReadOptions::default() };
            assert_eq!(read_bytes("p.csv", text.as_bytes(), &by).unwrap().series.len(), codes.len());
        }
    }

    #[test]
    fn hours_of_a_day_are_no_series() {
        // Each row is near the one before.
        let mut random = noise(4);
        let mut price = 50.0;
        let rows = (0..40_i64).flat_map(|day| [9, 12, 15].map(|hour| (date(2021, 3, 1) + day.days(), hour)));
        let rows = rows.map(|(day, hour)| {
            price *= 0.995 + 0.01 * random.next().unwrap();
            format!("{day},{hour},{price:.2}\n")
        });
        let text = format!("date,session,close\n{}", rows.collect::<String>());
        let reading = read(&text).unwrap();
        assert!(reading.only_settled().is_err());
        assert!(reading.remarks().iter().any(|warning| warning.to_string().contains("several rows a day")));
    }
}
