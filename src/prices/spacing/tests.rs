use super::*;
use jiff::ToSpan;
use jiff::civil::date;

fn spacing(dates: &[Date]) -> Option<Spacing> {
    Spaced::find(dates).map(|spaced| spaced.spacing)
}

/// Returns the first day, and the days at these steps after it.
fn stepping(steps: &[i64]) -> Vec<Date> {
    let mut day = date(2021, 1, 4);
    let after = steps.iter().map(|step| {
        day += step.days();
        day
    });
    std::iter::once(date(2021, 1, 4)).chain(after).collect()
}

#[test]
fn weeks_months_quarters_and_years_are_distinguished() {
    let series = |span: jiff::Span, rows| date(2019, 1, 31).series(span).take(rows).collect::<Vec<Date>>();
    for rows in [4, 12, 100] {
        assert_eq!(spacing(&series(1.day(), rows)), Some(Spacing::Daily));
        assert_eq!(spacing(&series(1.week(), rows)), Some(Spacing::Weekly));
        assert_eq!(spacing(&series(1.month(), rows)), Some(Spacing::Monthly));
        assert_eq!(spacing(&series(3.months(), rows)), Some(Spacing::Quarterly));
        assert_eq!(spacing(&series(1.year(), rows)), Some(Spacing::Yearly));
    }
    assert_eq!(spacing(&series(2.weeks(), 20)), Some(Spacing::Alike(14)));
    assert_eq!(spacing(&series(4.weeks(), 20)), Some(Spacing::Alike(28)));
    assert_eq!(spacing(&series(10.days(), 20)), Some(Spacing::Alike(10)));
    let halves: Vec<Date> = (0..24).map(|half| date(2019, 1 + half / 2, if half % 2 == 0 { 1 } else { 15 })).collect();
    assert_eq!(spacing(&halves), Some(Spacing::HalfMonthly));
}

#[test]
fn an_unfinished_last_period_changes_nothing() {
    assert_eq!(spacing(&stepping(&[7, 7, 2])), Some(Spacing::Weekly));
    assert_eq!(spacing(&stepping(&[28, 31, 11])), Some(Spacing::Monthly));
}

#[test]
fn gaps_and_illiquid_markets_stay_daily() {
    for steps in [
        &[1, 1, 700, 1, 1][..],
        &[1, 3, 7],
        &[7, 1, 1],
        &[5, 9, 12],
        &[2, 5, 7, 3, 9, 1, 6, 8, 2, 12, 5, 7, 6],
        &[7, 7, 1, 1, 1, 1, 3, 7],
    ] {
        assert_eq!(spacing(&stepping(steps)), Some(Spacing::Daily), "{steps:?}");
    }
    // Sunday to Thursday, and seven days.
    assert_eq!(spacing(&stepping(&[1, 1, 1, 3, 1, 1, 1, 1, 3])), Some(Spacing::Daily));
    let irregular = Some(Spacing::Irregular { least: 6, most: 30 });
    assert_eq!(spacing(&stepping(&[9, 20, 6, 11, 15, 7, 30, 9, 14])), irregular);
    assert_eq!(spacing(&stepping(&[7, 7])), None);
}

fn mixed(before: Frequency, after: Frequency, on: Date, before_fits: bool) -> Option<Spacing> {
    Some(Spacing::Mixed { before, after, last: on, first: on, fit: [before_fits, true] })
}

#[test]
fn a_change_of_spacing_is_dated() {
    let (daily, weekly) = ([1, 1, 1, 1, 3].repeat(30), [7].repeat(50));
    let dates = stepping(&[&daily[..], &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Daily, Frequency::Weekly, dates[150], true));
    let dates = stepping(&[&weekly[..], &daily].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Weekly, Frequency::Daily, dates[50], true));
    assert_eq!(spacing(&stepping(&[&daily[..], &[7, 8, 7]].concat())), Some(Spacing::Daily));
    assert!(Spaced::find(&dates).is_some_and(|spaced| !spaced.fits(Frequency::Daily)));
    // From a Monday to the Friday after three days that have no rows.
    let dates = stepping(&[&[7; 20][..], &[4, 3, 1, 1, 1, 1, 3, 1, 1, 1]].concat());
    let (last, first) = (dates[20], dates[21]);
    let (before, after) = (Frequency::Weekly, Frequency::Daily);
    let expected = Spacing::Mixed { before, after, last, first, fit: [true; 2] };
    assert_eq!(spacing(&dates), Some(expected));
    assert_eq!(expected.to_string(), format!("weekly up to {last} and daily from {first} on"));
}

/// The last change is reported: the rows after it are of one frequency.
#[test]
fn rows_that_change_and_change_back_are_mixed() {
    use Frequency::{Daily, Monthly, Weekly};
    let (daily, weekly, monthly) = ([1, 1, 1, 1, 3].repeat(30), [7].repeat(12), [30, 31].repeat(4));
    let dates = stepping(&[&daily[..], &weekly, &daily].concat());
    assert_eq!(spacing(&dates), mixed(Weekly, Daily, dates[162], false));
    let dates = stepping(&[&daily[..], &monthly, &daily, &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Daily, Weekly, dates[308], false));
    let dates = stepping(&[&daily[..], &monthly, &daily].concat());
    assert_eq!(spacing(&dates), mixed(Monthly, Daily, dates[158], false));
    let dates = stepping(&[&weekly.repeat(10)[..], &[1; 8], &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Daily, Weekly, dates[128], false));
    let dates = stepping(&[&weekly[..], &daily, &daily, &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Daily, Weekly, dates[312], false));
    // Holidays of a week, closed exchanges, and a market in which most days are without trade.
    let closed = [&daily[..], &[7, 9, 8], &daily, &[120], &daily, &[7, 7, 7, 7, 7, 7, 7], &daily].concat();
    assert_eq!(spacing(&stepping(&closed)), Some(Spacing::Daily));
    let thin = [&[1, 7, 2, 8, 6, 9, 3, 7, 1, 4, 2][..], &[7; 8]].concat().repeat(5);
    assert_eq!(spacing(&stepping(&thin)), Some(Spacing::Daily));
}

/// Rows of a frequency from a day on, of which some are missing, but not the first and the last.
fn with_gaps(
    first: Date,
    frequency: Frequency,
    rows: usize,
    missing: f64,
    noise: &mut impl Iterator<Item = f64>,
) -> Vec<Date> {
    let period = match frequency {
        Frequency::Daily => 1.day(),
        Frequency::Weekly => 1.week(),
        Frequency::Monthly => 1.month(),
    };
    let is_open = |day: &Date| frequency != Frequency::Daily || day.weekday().to_monday_zero_offset() < 5;
    let all: Vec<Date> = first.series(period).filter(is_open).take(rows).collect();
    let is_edge = |row: usize| row < 2 || row + 2 >= rows;
    let kept = all.into_iter().enumerate().filter(|(row, _)| noise.next().unwrap() >= missing || is_edge(*row));
    kept.map(|(_, day)| day).collect()
}

#[test]
fn skipped_periods_hide_no_change() {
    use Frequency::{Daily, Monthly, Weekly};
    let mut noise = crate::testing::noise(11);
    for (before, after) in [(Weekly, Daily), (Daily, Weekly), (Monthly, Daily), (Daily, Monthly), (Monthly, Weekly)] {
        for (rows, others) in [(16, 16), (16, 200), (26, 17), (97, 31), (200, 16), (60, 500), (500, 60)] {
            for missing in [0.0, 0.03, 0.1, 0.15] {
                let first = date(2012, 3, 1).saturating_add((rows as i64 % 28).days());
                let mut dates = with_gaps(first, before, rows, missing, &mut noise);
                let on = dates[dates.len() - 1];
                let share = if after == Daily { missing / 3.0 } else { missing };
                let rest = with_gaps(on, after, others, share, &mut noise);
                dates.extend(rest.into_iter().filter(|day| *day > on));
                let found = spacing(&dates);
                let Some(Spacing::Mixed { before: one, after: two, last, first, fit }) = found else {
                    panic!("{before} {rows} {after} {others} {missing}: {found:?}");
                };
                assert_eq!((one, two), (before, after));
                assert!(last <= on && on <= first, "{before} {rows} {after} {others} {missing}: {on} {found:?}");
                assert!(last == on || first == on || after == Daily);
                // With many gaps, one side alone is irregular.
                assert!(fit == [true; 2] || missing > 0.1, "{before} {rows} {after} {others} {missing}");
            }
        }
    }
}

#[test]
fn a_change_among_few_rows_explains_irregular_ones() {
    let dates = stepping(&[&[1, 1, 1, 1][..], &[7; 20]].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Daily, Frequency::Weekly, dates[4], true));
    // They would be daily rows with many gaps.
    let dates = stepping(&[&[31, 30, 31, 30, 31, 31, 30, 31][..], &[1; 4]].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Monthly, Frequency::Daily, dates[8], true));
}

/// Few rows with gaps are daily, even if all steps are weeks.
#[test]
fn weeks_at_an_end_leave_other_rows() {
    for steps in [&[7, 7, 14, 7, 21, 7][..], &[7, 14, 7, 14], &[7, 7, 28, 14, 7]] {
        let dates = stepping(steps);
        assert_eq!(OtherEnd::find(&dates, Spacing::Daily, |row| row), None);
        assert_eq!(without_first_weeks(&dates), dates);
    }
    let dates = stepping(&[7, 7, 14, 4, 1, 1, 1, 1]);
    let end = OtherEnd::find(&dates, Spacing::Daily, |row| row).unwrap();
    assert_eq!((end.rows, end.has_gaps, end.edge), (4, true, dates[4]));
}

#[test]
fn rows_within_weeks_and_months_are_irregular() {
    let irregular = |least, most| Some(Spacing::Irregular { least, most });
    let weeks = [&[7; 7][..], &[3, 4]].concat().repeat(10);
    assert_eq!(spacing(&stepping(&weeks)), irregular(3, 7));
    let months = [&[30, 31, 30, 31, 30, 31, 30][..], &[15, 16]].concat().repeat(10);
    assert_eq!(spacing(&stepping(&months)), irregular(15, 31));
    // Missing weeks, holidays that move a row, and a few rows at odd distances.
    for steps in [
        [&[7; 6][..], &[14]].concat().repeat(10),
        [7, 7, 7, 6, 8, 7, 5, 9].repeat(10),
        [&[7; 60][..], &[3, 4], &[7; 60], &[2, 5]].concat(),
    ] {
        assert_eq!(spacing(&stepping(&steps)), Some(Spacing::Weekly), "{steps:?}");
    }
}

/// No option reads either part, so the rows are named as what they are.
#[test]
fn quarters_or_years_before_days_are_irregular() {
    for (step, most) in [(91, 91), (365, 365)] {
        for (long, days) in [(8, 60), (80, 60), (20, 900)] {
            let steps = [vec![step; long], vec![1; days]].concat();
            assert_eq!(spacing(&stepping(&steps)), Some(Spacing::Irregular { least: 1, most }), "{long} {days}");
            let after = [vec![1; days], vec![step; long]].concat();
            assert_eq!(spacing(&stepping(&after)), Some(Spacing::Irregular { least: 1, most }), "{long} {days}");
        }
        // Single long closures leave daily rows.
        let closures: Vec<i64> = [vec![1; 40], vec![step; 2]].concat().repeat(6);
        assert_eq!(spacing(&stepping(&closures)), Some(Spacing::Daily));
    }
}

#[test]
fn rows_of_every_second_or_third_session_are_not_daily() {
    for (steps, least, most) in [(&[2, 2, 4, 2, 4][..], 2, 4), (&[3, 5, 3, 5, 5], 3, 5)] {
        let dates = stepping(&steps.repeat(20));
        let found = Spaced::find(&dates).unwrap();
        assert_eq!(found.spacing, Spacing::Irregular { least, most });
        assert!([Frequency::Daily, Frequency::Weekly, Frequency::Monthly].iter().all(|one| !found.fits(*one)));
        assert_eq!(found.first_misplaced(&dates, Frequency::Weekly), Some(1));
    }
    assert_eq!(spacing(&stepping(&[2].repeat(40))), Some(Spacing::Alike(2)));
    // A thin market, and one that trades every day.
    assert_eq!(spacing(&stepping(&[1, 4, 2, 5, 7, 3, 4, 2].repeat(5))), Some(Spacing::Daily));
    assert_eq!(spacing(&stepping(&[1, 2].repeat(20))), Some(Spacing::Daily));
}

#[test]
fn irregular_weeks_and_months_fit_no_frequency() {
    for steps in [[30, 61, 31, 92, 122, 31, 30, 91].repeat(4), [7, 7, 21, 35, 7, 14, 56, 7].repeat(6)] {
        let found = Spaced::find(&stepping(&steps)).unwrap();
        assert!(matches!(found.spacing, Spacing::Irregular { .. }), "{found:?}");
        assert_eq!(found.frequency(), None);
    }
    let missing = [&[30, 31].repeat(10)[..], &[61], &[31, 30].repeat(10)].concat();
    assert_eq!(spacing(&stepping(&missing)), Some(Spacing::Monthly));
    // Few rows.
    let dates = stepping(&[31, 61, 92]);
    let found = Spaced::find(&dates).unwrap();
    assert_eq!(found.spacing, Spacing::Irregular { least: 31, most: 92 });
    assert_eq!(found.first_misplaced(&dates, Frequency::Monthly), Some(2));
    let dates = stepping(&[5, 9, 12]);
    let unlike = Spaced::find(&dates).unwrap().unlike(&dates);
    assert_eq!(unlike.spacing, Spacing::Irregular { least: 5, most: 12 });
}

#[test]
fn spacings_in_words() {
    let found =
        [1, 60, 300, 3600, 14400, 90, 1809, 3601, 7199].map(|seconds| Spacing::Intraday(Some(seconds)).to_string());
    let exact = ["a second", "a minute", "5 minutes", "an hour", "4 hours", "90 seconds"];
    let expected = [&exact[..], &["about 30 minutes", "about an hour", "about 2 hours"]].concat();
    assert_eq!(found.to_vec(), expected.iter().map(|duration| format!("{duration} apart")).collect::<Vec<_>>());
}
