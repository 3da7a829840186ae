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

#[test]
fn a_change_of_spacing_is_dated() {
    let (daily, weekly) = ([1, 1, 1, 1, 3].repeat(30), [7].repeat(50));
    let mixed = |before, after, on| Some(Spacing::Mixed { before, after, on });
    let dates = stepping(&[&daily[..], &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Daily, Frequency::Weekly, dates[150]));
    let dates = stepping(&[&weekly[..], &daily].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Weekly, Frequency::Daily, dates[50]));
    assert_eq!(spacing(&stepping(&[&daily[..], &[7, 8, 7]].concat())), Some(Spacing::Daily));
    assert!(Spaced::find(&dates).is_some_and(|spaced| !spaced.fits(Frequency::Daily)));
}

/// There are many steps of both frequencies, and more than one change.
#[test]
fn rows_that_change_and_change_back_are_mixed() {
    let (daily, weekly, monthly) = ([1, 1, 1, 1, 3].repeat(30), [7].repeat(12), [30, 31].repeat(4));
    let mixed = |before, after, on| Some(Spacing::Mixed { before, after, on });
    let dates = stepping(&[&daily[..], &weekly, &daily].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Daily, Frequency::Weekly, dates[150]));
    let dates = stepping(&[&daily[..], &monthly, &daily, &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Daily, Frequency::Weekly, dates[308]));
    let dates = stepping(&[&daily[..], &monthly, &daily].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Daily, Frequency::Monthly, dates[150]));
    let dates = stepping(&[&weekly.repeat(10)[..], &[1; 8], &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Weekly, Frequency::Daily, dates[120]));
    let dates = stepping(&[&weekly[..], &daily, &daily, &weekly].concat());
    assert_eq!(spacing(&dates), mixed(Frequency::Weekly, Frequency::Daily, dates[12]));
    // Holidays of a week, closed exchanges, and a market in which most days are without trade.
    let closed = [&daily[..], &[7, 9, 8], &daily, &[120], &daily, &[7, 7, 7, 7, 7, 7, 7], &daily].concat();
    assert_eq!(spacing(&stepping(&closed)), Some(Spacing::Daily));
    let thin = [&[1, 7, 2, 8, 6, 9, 3, 7, 1, 4, 2][..], &[7; 8]].concat().repeat(5);
    assert_eq!(spacing(&stepping(&thin)), Some(Spacing::Daily));
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
    let found = [1, 60, 300, 3600, 14400, 90].map(|seconds| Spacing::Intraday(Some(seconds)).to_string());
    let expected = ["a second", "a minute", "5 minutes", "an hour", "4 hours", "90 seconds"];
    assert_eq!(found, expected.map(|duration| format!("{duration} apart")));
}
