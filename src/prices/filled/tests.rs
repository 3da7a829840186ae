use jiff::ToSpan;
use jiff::civil::date;

use super::{between_others, on_days_off, repeats};
use crate::draft::Draft;
use crate::testing::noise;

/// Closes with two decimals on consecutive days.
fn walk(days: usize) -> (Vec<f64>, Draft) {
    let mut price = 100.0;
    let moves = noise(9).zip(noise(10)).take(days);
    let close = moves.map(|(one, two)| {
        price *= 1.0 + 0.02 * (one + two - 1.0);
        (price * 100.0_f64).round() / 100.0
    });
    let close = close.collect();
    let dates = date(2020, 1, 1).series(1.day()).take(days).collect();
    (close, Draft { dates, lines: (2..).take(days).collect(), ..Draft::default() })
}

#[test]
fn filled_in_weekends_are_found() {
    let (mut close, draft) = walk(400);
    assert!(on_days_off(&close, &draft).is_empty());
    for row in 1..400 {
        if draft.dates[row].weekday().to_monday_zero_offset() > 4 {
            close[row] = close[row - 1];
        }
    }
    let filled = on_days_off(&close, &draft);
    assert_eq!((filled.count(), filled.first()[..2].to_vec()), (114, vec![5, 6]));
    // A price that never moves has no days off.
    assert!(on_days_off(&[100.0; 400], &draft).is_empty());
}

#[test]
fn a_few_repeated_closes_among_fine_moves_are_found() {
    let (mut close, draft) = walk(300);
    close.iter_mut().enumerate().for_each(|(row, price)| *price += (row * row % 97) as f64 / 1e4);
    assert!(repeats(&close, None, 300, &draft).is_empty());
    for row in (20..300).step_by(23) {
        close[row] = close[row - 1];
    }
    assert_eq!(repeats(&close, None, 300, &draft).count(), 13);
    // On a coarse grid, as many closes repeat by chance.
    let coarse: Vec<f64> = close.iter().map(|price| price.round()).collect();
    assert!(repeats(&coarse, None, 300, &draft).is_empty());
}

/// Closes of an index, with two decimals.
fn index(days: usize) -> (Vec<f64>, Draft) {
    let (close, draft) = walk(days);
    let fine = noise(3).zip(close).map(|(one, price)| ((price * 138.0 + one) * 100.0).round() / 100.0);
    (fine.collect(), draft)
}

#[test]
fn a_few_closes_are_enough_where_chance_makes_none() {
    let (mut close, draft) = index(250);
    let volume: Vec<f64> = noise(8).take(250).map(|one| (1e6 * (1.0 + one)).round()).collect();
    assert!(repeats(&close, Some(&volume), 250, &draft).is_empty());
    for row in (20..250).step_by(33) {
        close[row] = close[row - 1];
    }
    // With any volume.
    assert_eq!(repeats(&close, Some(&volume), 250, &draft).count(), 7);
    let (mut close, _) = index(250);
    assert!(between_others(&close, &draft).is_empty());
    for row in (20..249).step_by(33) {
        close[row] = ((close[row - 1] + close[row + 1]) * 50.0).round() / 100.0;
    }
    assert_eq!(between_others(&close, &draft).count(), 7);
    // A price in steps of 200, adjusted by a factor that adds decimals.
    let adjusted = |price: f64| ((price / 200.0).round() * 200.0 * 97.3127).round() / 100.0;
    let coarse: Vec<f64> = index(250).0.into_iter().map(adjusted).collect();
    assert!(coarse.windows(2).filter(|pair| pair[0] == pair[1]).count() > 5);
    assert!(repeats(&coarse, Some(&volume), 250, &draft).is_empty());
    assert!(between_others(&coarse, &draft).is_empty());
}

#[test]
fn interpolated_closes_are_distinguished_from_chance() {
    let (mut close, draft) = walk(1500);
    assert!(between_others(&close, &draft).is_empty());
    for row in (10..1490).step_by(20) {
        close[row] = (close[row - 1] + close[row + 1]) / 2.0;
    }
    let found = between_others(&close, &draft).count();
    assert!((70..86).contains(&found), "{found}");
    // On a coarse grid, as many closes lie in the middle of others as do not.
    let coarse: Vec<f64> = walk(1500).0.iter().map(|price| (price / 2.0).round() * 2.0).collect();
    assert!(between_others(&coarse, &draft).is_empty());
    assert!(between_others(&[], &draft).is_empty());
}

#[test]
fn a_price_that_accrues_is_on_its_own_line() {
    let accrued = |rate: fn(usize) -> f64, decimals: i32| -> Vec<f64> {
        let mut price = 1000.0;
        let unit = 10.0_f64.powi(decimals);
        let days = (0..1500).map(|day| {
            price *= 1.0 + rate(day) / 365.0;
            (price * unit).round() / unit
        });
        days.collect()
    };
    let draft = walk(1500).1;
    for decimals in [2, 4, 6] {
        let rates: [fn(usize) -> f64; 4] =
            [|_| 0.03, |day| 0.01 + 0.01 * (day / 30 % 3) as f64, |_| -0.005, |day| 0.03 * (day as f64 / 100.0).sin()];
        for rate in rates {
            let price = accrued(rate, decimals);
            assert!(between_others(&price, &draft).is_empty(), "{decimals} {}", price[1499]);
        }
    }
    // Months, quarters and years between which days are interpolated; the lines rise and fall.
    let known: Vec<f64> = walk(1600).0;
    for (apart, unit) in [(21, 0.0), (63, 0.0), (252, 0.0), (5, 0.01), (21, 0.01)] {
        let between = |day: usize| {
            let (at, fraction) = (day / apart, (day % apart) as f64 / apart as f64);
            let price = known[apart * at] + (known[apart * (at + 1)] - known[apart * at]) * fraction;
            if unit > 0.0 { (price / unit).round() * unit } else { price }
        };
        let days: Vec<f64> = (0..1500).map(between).collect();
        assert!(between_others(&days, &draft).count() > 1000, "{apart} {unit}");
    }
}

#[test]
fn closes_of_months_that_are_repeated_are_found() {
    let (known, draft) = walk(1500);
    for apart in [21, 63] {
        for unit in [0.01, 0.05] {
            let days: Vec<f64> = (0..1500).map(|day| (known[day / apart * apart] / unit).round() * unit).collect();
            assert!(repeats(&days, None, 1500, &draft).count() > 1300, "{apart} {unit}");
        }
    }
}

/// At a low price in cents, most days of a month have the close of the day before, whether it is interpolated or not.
#[test]
fn months_are_found_at_any_price() {
    let (known, draft) = walk(1500);
    let of_month = |day: usize| known[day] / 50.0 * (1.0 + 0.3 * ((day / 21) as f64 * 2.4).sin());
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    let repeated: Vec<f64> = (0..1260).map(|day| cents(of_month(day / 21 * 21))).collect();
    assert!(repeats(&repeated, None, 1260, &draft).count() > 1100);
    let line = |day: usize| {
        let (at, fraction) = (day / 21 * 21, (day % 21) as f64 / 21.0);
        cents(of_month(at) + (of_month(at + 21) - of_month(at)) * fraction)
    };
    let interpolated: Vec<f64> = (0..1260).map(line).collect();
    assert!(between_others(&interpolated, &draft).count() > 200);
    // Days without a trade, at random.
    let mut traded = known.clone();
    for (row, chance) in (1..1500).zip(noise(11)) {
        traded[row] = if chance < 0.8 { traded[row - 1] } else { cents(known[row] / 50.0) };
    }
    assert!(repeats(&traded, None, 1500, &draft).is_empty());
    assert!(between_others(&traded, &draft).is_empty());
}

#[test]
fn a_wave_is_not_interpolated() {
    let draft = walk(1500).1;
    for days in [44.0, 120.0, 250.0] {
        let wave = |day: usize| ((300.0 + 50.0 * (day as f64 * std::f64::consts::TAU / days).sin()) * 1000.0).round();
        let wave: Vec<f64> = (0..1500).map(|day| wave(day) / 1000.0).collect();
        assert!(between_others(&wave, &draft).is_empty(), "{days}");
    }
}

#[test]
fn a_low_price_is_on_no_line() {
    let (close, draft) = walk(400);
    for scale in [1e-10, 1e-8, 1e-4] {
        let low: Vec<f64> = close.iter().map(|price| price * scale).collect();
        assert!(between_others(&low, &draft).is_empty(), "{scale}");
        assert!(repeats(&low, None, 400, &draft).is_empty(), "{scale}");
    }
}

#[test]
fn rounded_weekends_and_gaps_on_a_line_are_found() {
    let (mut close, draft) = walk(700);
    // Two consecutive days of every seven, and of every forty.
    for every in [40, 7] {
        for row in (1..690).step_by(every) {
            let [from, to] = [close[row - 1], close[row + 2]];
            let part = |days: f64| ((from + (to - from) * days / 3.0) * 1e4).round() / 1e4;
            (close[row], close[row + 1]) = (part(1.0), part(2.0));
        }
        let found = between_others(&close, &draft).count();
        assert!(found >= 2 * 690 / every, "{found} of every {every}");
    }
}

/// Prices in cents, as in most files: every seventh to twenty-fifth day is the mean of its neighbours; then weekends.
#[test]
fn closes_between_others_are_found_in_cents() {
    let (close, draft) = walk(1600);
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    assert!(between_others(&close, &draft).is_empty());
    for every in [25, 10, 7] {
        let mut filled = close.clone();
        for row in (1..1599).step_by(every) {
            filled[row] = cents((filled[row - 1] + filled[row + 1]) / 2.0);
        }
        let found = between_others(&filled, &draft).count();
        assert!(found >= 1598 / every, "{found} of every {every}");
    }
    let mut filled = close.clone();
    for row in (1..1590).step_by(7) {
        let [from, to] = [close[row - 1], close[row + 2]];
        (filled[row], filled[row + 1]) = (cents(from + (to - from) / 3.0), cents(from + (to - from) / 1.5));
    }
    let found = between_others(&filled, &draft).count();
    assert!(found >= 2 * 1590 / 7, "{found}");
    // Prices whose steps are too large for integers.
    filled[700] = 1e300;
    assert!(between_others(&filled, &draft).count() > 400);
    // A price that grows from a few cents: its first years are on a coarse grid.
    let grown: Vec<f64> =
        (0..1600).map(|day| cents(close[day] * 0.005 * f64::from(day as u32 / 10).max(1.0))).collect();
    assert!(between_others(&grown, &draft).is_empty());
}

/// Averages of a random walk, in cents: their moves are similar from day to day, and small relative to the tick.
#[test]
fn averages_on_a_coarse_grid_are_not_interpolated() {
    let (walk, draft) = walk(1500);
    for (scale, slowness) in [(0.02, 0.67), (0.02, 0.8), (0.02, 0.9), (0.05, 0.9), (0.05, 0.95)] {
        let mut mean = walk[0];
        let close = walk.iter().map(|price| {
            mean += (1.0 - slowness) * (price - mean);
            (mean * scale * 100.0).round() / 100.0
        });
        let close: Vec<f64> = close.collect();
        assert!(between_others(&close, &draft).is_empty(), "{scale} {slowness}");
    }
}

/// One day in 25, with four decimals; the mean of logarithms differs from the plain mean by several units.
#[test]
fn means_of_logarithms_are_found() {
    let (close, draft) = walk(500);
    let ten_thousandths = |price: f64| (price * 1e4).round() / 1e4;
    let mut next = noise(12);
    let mut filled: Vec<f64> = close.iter().map(|price| ten_thousandths(price + 0.01 * next.next().unwrap())).collect();
    assert!(between_others(&filled, &draft).is_empty());
    for row in (7..499).step_by(25) {
        filled[row] = ten_thousandths((filled[row - 1] * filled[row + 1]).sqrt());
    }
    let found = between_others(&filled, &draft).count();
    assert!((20..24).contains(&found), "{found}");
}

#[test]
fn moves_of_trees_are_not_means() {
    let (_, draft) = walk(900);
    let moves: [fn(f64, f64) -> f64; 6] = [
        |price, part| if part > 0.5 { price * 1.01 } else { price / 1.01 },
        |price, part| price * [0.99, 1.0, 1.0 / 0.99][(3.0 * part) as usize],
        |price, part| if part > 0.35 { price * 1.01 } else { price * 0.98 },
        |price, part| price * 1.01_f64.powi((5.0 * part) as i32 - 2),
        |price, part| if part > 0.5 { price + 0.5 } else { price - 0.5 },
        |price, part| price + 0.5 * ((5.0 * part).floor() - 2.0),
    ];
    for (tree, move_) in moves.iter().enumerate() {
        for (seed, decimals) in (0..24).map(|case| (case, [2, 4, 6][case as usize % 3])) {
            let (mut price, unit) = (100.0, 10.0_f64.powi(decimals));
            let close = noise(seed).take(900).map(|part| {
                price = move_(price, part).max(5.0);
                (price * unit).round() / unit
            });
            let close: Vec<f64> = close.collect();
            assert!(between_others(&close, &draft).is_empty(), "{tree} {seed}");
        }
    }
}

#[test]
fn moves_that_go_on_are_on_no_line() {
    let (_, draft) = walk(1000);
    for seed in 0..24 {
        let (mut price, mut factor) = (100.0, 1.01);
        let close = noise(seed).take(1000).map(|part| {
            factor = if part < 0.6 { factor } else { 1.0 / factor };
            price *= factor;
            (price * 1e4_f64).round() / 1e4
        });
        let close: Vec<f64> = close.collect();
        assert!(between_others(&close, &draft).is_empty(), "{seed}");
    }
}

#[test]
fn money_that_accrues_and_rates_that_are_set_are_not_filled_in() {
    let (_, draft) = walk(1500);
    let of = |price: &dyn Fn(f64, usize) -> f64| {
        let mut last = 10.0;
        (0..1500)
            .map(|day| {
                last = price(last, day);
                (last * 100.0_f64).round() / 100.0
            })
            .collect::<Vec<f64>>()
    };
    let accrued = of(&|last, _| last * (1.0 + 0.02 / 365.0));
    let set = of(&|last, day| if day % 30 == 29 { last + [0.25, -0.25, 0.25, 0.5][day / 30 % 4] } else { last });
    for close in [accrued, set] {
        assert!(repeats(&close, None, 1500, &draft).is_empty());
    }
    // Monthly closes, repeated.
    let walk = walk(1500).0;
    let months: Vec<f64> = (0..1500).map(|day| walk[day / 21 * 21]).collect();
    assert_eq!(repeats(&months, None, 1500, &draft).count(), 1500 - 1500_usize.div_ceil(21));
}

#[test]
fn filled_closes_are_distinguished_from_those_that_did_not_move() {
    let (close, draft) = walk(700);
    let mut next = noise(6);
    let fine: Vec<f64> = close.iter().map(|price| price + (next.next().unwrap() * 1e4).round() / 1e6).collect();
    assert!(repeats(&fine, None, 700, &draft).is_empty());
    for every in [10, 25] {
        let mut filled = fine.clone();
        (1..700).step_by(every).for_each(|row| filled[row] = filled[row - 1]);
        assert_eq!(repeats(&filled, None, 700, &draft).count(), 700_usize.div_ceil(every));
        // The last rows have their own warning.
        assert!(repeats(&filled, None, 5, &draft).is_empty());
    }
    // Days whose volume shows that they were traded; by chance, some of them are without a move.
    let traded: Vec<f64> = (1..=700).map(f64::from).collect();
    let mut cents = close.clone();
    (1..700).step_by(10).for_each(|row| cents[row] = cents[row - 1]);
    assert!(repeats(&cents, None, 700, &draft).count() > 20);
    assert!(repeats(&cents, Some(&traded), 700, &draft).is_empty());
    // A price on a coarse grid often does not move.
    let coarse: Vec<f64> = close.iter().map(|price| (price / 2.0).round() * 2.0).collect();
    assert!(repeats(&coarse, None, 700, &draft).is_empty());
}
