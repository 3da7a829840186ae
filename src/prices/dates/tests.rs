use jiff::civil::{Date, date};

use jiff::ToSpan;

use super::*;

/// Reads cells in the format decided from all of them together.
fn read(cells: &[&str]) -> Result<Vec<Option<Date>>, FoundForm> {
    let mut evidence = DateEvidence::default().with_today(Some(date(2026, 11, 30)));
    for (cell, line) in cells.iter().zip(2..) {
        evidence.see(cell.as_bytes(), line);
    }
    match evidence.verdict(None) {
        FoundForm::Form(form) => Ok(cells.iter().map(|cell| form.parse(cell.as_bytes())).collect()),
        verdict => Err(verdict),
    }
}

fn days(cells: &[&str]) -> Vec<Date> {
    let days = read(cells).unwrap_or_else(|verdict| panic!("{cells:?}: {verdict:?}"));
    days.into_iter().map(|day| day.unwrap()).collect()
}

#[test]
fn a_single_cell_is_enough_where_its_form_is_clear() {
    let day = date(2024, 11, 1);
    for text in [
        "2024-11-01",
        "2024/11/01",
        "2024.11.01",
        "2024-11-1",
        "20241101",
        "20241101000000",
        "20241101 000000",
        "01-Nov-24",
        "1-Nov-2024",
        "Nov 1, 2024",
        "November 1, 2024",
        "Fri Nov 1 2024",
        "1 novembre 2024",
        "1. November 2024",
        "2024-Nov-01",
        "2024년 11월 01일",
        "2024年11月1日",
        "113/11/01",
        "2024-11-01 00:00:00+01:00",
        "2024-11-01T04:00:00Z",
        "2024-11-01T00:00:00.000000000",
        "1730433600",
        "1730433600000",
        "1730433600000000",
        "1730433600000000000",
        "1730433600000.0",
        "45597",
        "20241101.0",
        "2024- 11- 01",
        "2024.11.01.",
        "2024. 11. 1",
        "01-nov.-2024",
        "1 lis 2024",
        "Fri, 01 Nov 2024 00:00:00 GMT",
    ] {
        assert_eq!(days(&[text]), [day], "{text}");
    }
}

#[test]
fn a_day_over_twelve_tells_the_order() {
    assert_eq!(days(&["01/11/2024", "13/11/2024"]), [date(2024, 11, 1), date(2024, 11, 13)]);
    assert_eq!(days(&["11/01/2024", "11/13/2024"]), [date(2024, 11, 1), date(2024, 11, 13)]);
    assert_eq!(days(&["30.12.24", "31.12.24"]), [date(2024, 12, 30), date(2024, 12, 31)]);
}

#[test]
fn steps_of_a_day_show_the_order() {
    let november = [date(2024, 11, 1), date(2024, 11, 4), date(2024, 11, 5), date(2024, 11, 6)];
    assert_eq!(days(&["01/11/2024", "04/11/2024", "05/11/2024", "06/11/2024"]), november);
    assert_eq!(days(&["11/01/2024", "11/04/2024", "11/05/2024", "11/06/2024"]), november);
    assert_eq!(days(&["11/1/24", "11/4/24", "11/5/24", "11/6/24"]), november);
    let back: Vec<Date> = november.into_iter().rev().collect();
    assert_eq!(days(&["06-11-2024", "05-11-2024", "04-11-2024", "01-11-2024"]), back);
}

#[test]
fn days_that_read_the_same_need_no_order() {
    assert_eq!(days(&["05/05/2024"]), [date(2024, 5, 5)]);
}

#[test]
fn an_order_that_nothing_tells_stays_open() {
    let open = |cells: &[&str]| match read(cells) {
        Err(FoundForm::Ambiguous(open)) => open,
        other => panic!("{cells:?}: {other:?}"),
    };
    let found = open(&["05/05/2024", "04/05/2024"]);
    assert_eq!((found.cell.as_str(), found.line), ("04/05/2024", 3));
    let readings =
        [(DateSense::Order(DateOrder::Dmy), date(2024, 5, 4)), (DateSense::Order(DateOrder::Mdy), date(2024, 4, 5))];
    assert_eq!(found.readings, readings);
    // First days of months, or the first days of January, including weekends.
    open(&["01/01/2024", "01/02/2024", "01/03/2024", "01/04/2024", "01/05/2024", "01/06/2024"]);
    open(&["05-06-07"]);
    open(&["30.12.24"]);
}

#[test]
fn first_days_of_the_months_of_years_are_months() {
    let months = |form: fn(i16, i8) -> String| -> Vec<String> {
        (2020..2023).flat_map(|year| (1..=12).map(move |month| form(year, month))).collect()
    };
    let expected: Vec<Date> = (2020..2023).flat_map(|year| (1..=12).map(move |month| date(year, month, 1))).collect();
    let forms: [fn(i16, i8) -> String; 2] =
        [|year, month| format!("01/{month:02}/{year}"), |year, month| format!("{month:02}/01/{year}")];
    for form in forms {
        let mut cells = months(form);
        let found = |cells: &[String]| days(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found(&cells), expected, "{}", cells[1]);
        cells.reverse();
        assert_eq!(found(&cells)[35], expected[0], "{}", cells[1]);
    }
}

#[test]
fn the_callers_word_settles_it() {
    let mut evidence = DateEvidence::default();
    evidence.see(b"04/05/2024", 2);
    for (order, day) in [(DateOrder::Dmy, date(2024, 5, 4)), (DateOrder::Mdy, date(2024, 4, 5))] {
        let FoundForm::Form(form) = evidence.verdict(Some(order)) else { panic!() };
        assert_eq!(form.parse(b"04/05/2024"), Some(day));
    }
    assert_eq!(evidence.verdict(Some(DateOrder::Ymd)), FoundForm::NoDate);
}

#[test]
fn a_day_may_stand_between_year_and_month() {
    let cells = ["2024-01-05", "2024-02-05", "2024-13-05", "2024-14-05", "2024-31-05"];
    let expected = [1, 2, 13, 14, 31].map(|day| date(2024, 5, day));
    assert_eq!(days(&cells), expected);
    // Impossible dates among others are no evidence of the order, and there is no evidence if both orders can read all
    // dates.
    let wrong = read(&["2024-01-05", "2024-02-05", "2024-13-05", "2024-03-05", "2024-13-01", "2024-13-02"]).unwrap();
    assert_eq!(wrong[..2], [Some(date(2024, 1, 5)), Some(date(2024, 2, 5))]);
    assert_eq!(days(&cells[..2]), [date(2024, 1, 5), date(2024, 2, 5)]);
    let mut evidence = DateEvidence::default();
    evidence.see(b"2024/02/05", 2);
    let FoundForm::Form(form) = evidence.verdict(Some(DateOrder::Ydm)) else { panic!() };
    assert_eq!((form.parse(b"2024/02/05"), form.parse(b"2024/2/5")), (Some(expected[1]), Some(expected[1])));
    assert_eq!(form.shape.pattern("2024/02/05"), "YYYY/DD/MM");
}

#[test]
fn a_day_between_year_and_month_without_separators_or_century() {
    // All dates together are evidence, as with separators.
    let cells = ["20240105", "20240205", "20241305", "20241405", "20243105"];
    assert_eq!(days(&cells), [1, 2, 13, 14, 31].map(|day| date(2024, 5, day)));
    assert_eq!(days(&cells[..2]), [date(2024, 1, 5), date(2024, 2, 5)]);
    // Two-digit years are read in this order only if the caller states it.
    for (cells, pattern) in [(["12/18/05", "12/21/05"], "YY/DD/MM"), (["121805", "122105"], "YYDDMM")] {
        let mut evidence = DateEvidence::default();
        cells.iter().zip(2..).for_each(|(cell, line)| evidence.see(cell.as_bytes(), line));
        let FoundForm::Form(form) = evidence.verdict(Some(DateOrder::Ydm)) else { panic!() };
        let read = cells.map(|cell| form.parse(cell.as_bytes()));
        assert_eq!(read, [18, 21].map(|day| Some(date(2012, 5, day))), "{pattern}");
        assert_eq!(form.shape.pattern(cells[0]), pattern);
        assert_eq!(days(&cells), [date(2005, 12, 18), date(2005, 12, 21)]);
    }
}

#[test]
fn the_order_that_reads_all_dates_is_named() {
    let order = |cells: &[&str]| {
        let mut evidence = DateEvidence::default();
        cells.iter().zip(2..).for_each(|(cell, line)| evidence.see(cell.as_bytes(), line));
        let FoundForm::Form(form) = evidence.verdict(None) else { panic!() };
        evidence.order_of_all(form)
    };
    assert_eq!(order(&["2012-01-10", "2012-02-10", "2012-15-10"]), Some(DateOrder::Ydm));
    assert_eq!(order(&["2012-01-10", "2012-02-10"]), None);
    assert_eq!(order(&["2012-01-10", "2012-15-10", "2012-02-31"]), None);
}

#[test]
fn a_date_of_another_form_is_no_date() {
    let read = read(&["2024-11-01", "2024-11-04", "11/05/2024", "2024-13-06", "2024-11-5x"]).unwrap();
    assert_eq!(read[1..], [Some(date(2024, 11, 4)), None, None, None]);
}

#[test]
fn midnight_in_the_east_is_the_next_day() {
    // Monday to Friday begin in Seoul at 15:00 UTC of Sunday to Thursday.
    let seoul = ["2024-11-03T15:00:00Z", "2024-11-04T15:00:00Z", "2024-11-05T15:00:00Z"];
    assert_eq!(days(&seoul), [date(2024, 11, 4), date(2024, 11, 5), date(2024, 11, 6)]);
    // Midnights in Frankfurt, in winter and in summer.
    let frankfurt = ["1704063600", "1704236400", "1719784800"];
    assert_eq!(days(&frankfurt), [date(2024, 1, 1), date(2024, 1, 3), date(2024, 7, 1)]);
    // Midnights in Auckland, in summer and in winter.
    let auckland = ["2024-11-03T11:00:00Z", "2024-11-04T11:00:00Z", "2024-07-07T12:00:00Z"];
    assert_eq!(days(&auckland), [date(2024, 11, 4), date(2024, 11, 5), date(2024, 7, 8)]);
    // 17:00 in Los Angeles, after the close of New York, in summer and in winter.
    let los_angeles = ["2024-07-09T00:00:00Z", "2024-07-13T00:00:00Z", "2024-11-09T01:00:00Z"];
    assert_eq!(days(&los_angeles), [date(2024, 7, 8), date(2024, 7, 12), date(2024, 11, 8)]);
    // The opening in New York is on the same day in UTC.
    let new_york = ["2024-11-07T14:30:00Z", "2024-11-08T14:30:00Z"];
    assert_eq!(days(&new_york), [date(2024, 11, 7), date(2024, 11, 8)]);
    // With seven days a week there is no evidence: the day is the one in UTC, as written.
    let coins = ["2024-11-01T23:59:59.999Z", "2024-11-02T23:59:59.999Z", "2024-11-03T23:59:59.999Z"];
    assert_eq!(days(&coins), [date(2024, 11, 1), date(2024, 11, 2), date(2024, 11, 3)]);
}

#[test]
fn numbers_are_dates_only_where_a_date_is_expected() {
    for text in ["222.91", "65276700", "252", "1.5", "2,506.85", "-1.32", "35.56M", "0.85%", "2330"] {
        assert!(!is_date(text.as_bytes(), false), "{text}");
    }
    assert!(is_date(b"20241101", false) && is_date(b"1730433600", true));
    assert!(!is_date(b"1730433600", false) && !is_date(b"AAPL", true) && !is_date(b"", true));
}

#[test]
fn a_date_of_an_unbelievable_year_differs_from_no_date() {
    for cell in ["1500-01-02", "02/01/2999", "15000102", "29 Feb 1496", "2999-12-31 16:00"] {
        assert!(is_of_other_year(cell.as_bytes()), "{cell}");
    }
    for cell in ["2024-01-02", "2024-13-02", "1500", "1500-13-02", "x", "2567-01-02"] {
        assert!(!is_of_other_year(cell.as_bytes()), "{cell}");
    }
}

#[test]
fn years_out_of_reason_are_refused() {
    for text in ["0024-11-01", "9999-11-01", "1/1/999", "99999999"] {
        assert!(!is_date(text.as_bytes(), true), "{text}");
    }
    assert_eq!(days(&["31-Dec-69"]), [date(1969, 12, 31)]);
    // The day is in the future with the century of POSIX.
    assert_eq!(days(&["31-Dec-68"]), [date(1968, 12, 31)]);
}

#[test]
fn years_of_two_digits_are_not_in_the_future() {
    assert_eq!(days(&["1/3/50", "1/4/50", "1/13/50"])[0], date(1950, 1, 3));
    let mut index: Vec<String> = (50..112).map(|year| format!("1/13/{:02}", year % 100)).collect();
    let found = |index: &[String]| days(&index.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((found(&index)[0], found(&index)[61]), (date(1950, 1, 13), date(2011, 1, 13)));
    index.reverse();
    assert_eq!((found(&index)[0], found(&index)[61]), (date(2011, 1, 13), date(1950, 1, 13)));
    assert_eq!(days(&["03-Jan-50", "04-Jan-50"])[1], date(1950, 1, 4));
    // As years of Taiwan these are days of 1961, before its exchange opened.
    for days_of_1950 in [["500103", "500106", "500109"], ["50-01-03", "50-01-06", "50-01-09"]] {
        assert_eq!(days(&days_of_1950)[2], date(1950, 1, 9));
    }
    assert_eq!(days(&["31/12/24", "02/01/25"])[0], date(2024, 12, 31));
}

#[test]
fn the_order_of_months_and_quarters_is_found_across_the_first_year_of_posix() {
    let rows = |years: std::ops::Range<i32>, months: &[u32]| -> Vec<String> {
        years.flat_map(|year| months.iter().map(move |month| format!("01/{month:02}/{year}"))).collect()
    };
    let read = |cells: &[String]| read(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    let months = read(&rows(68..70, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])).unwrap();
    assert_eq!(months[11..13], [Some(date(1968, 12, 1)), Some(date(1969, 1, 1))]);
    // As days of January, the steps are of three days and of most of a year, which is not daily.
    let quarters = [rows(68..69, &[1, 4, 7, 10]), rows(69..70, &[1])].concat();
    assert!(matches!(read(&quarters), Err(FoundForm::Ambiguous(_))));
}

#[test]
fn years_are_counted_in_many_ways() {
    let day = date(2024, 11, 6);
    for cell in ["06/11/2567", "6 Nov 2567", "113/11/06", "R6.11.06", "民國113年11月06日", "2024-W45-3", "2024-311"]
    {
        let mut evidence = DateEvidence::default();
        evidence.see(cell.as_bytes(), 2);
        evidence.see(cell.replace("06", "13").as_bytes(), 3);
        let FoundForm::Form(form) = evidence.verdict(None) else { panic!("{cell}") };
        assert_eq!(form.parse(cell.as_bytes()), Some(day), "{cell}");
    }
    // A single year of another calendar among many is an error.
    assert_eq!(DateForm::ISO.parse(b"2567-11-06"), None);
}

#[test]
fn weekends_show_what_days_are_counted_from() {
    let form = |zero: Date, days: i64| {
        let mut evidence = DateEvidence::default();
        let weekdays = (0..days).map(|day| date(2024, 9, 2).checked_add(day.days()).unwrap());
        for day in weekdays.filter(|day| day.weekday().to_monday_one_offset() < 6) {
            evidence.see(days_between(zero, day).to_string().as_bytes(), 2);
        }
        evidence.verdict(None)
    };
    for zero in [Zero::Sheet, Zero::OldSheet, Zero::Sas, Zero::Unix] {
        let FoundForm::Form(found) = form(zero.date(), 30) else { panic!("{zero:?}") };
        assert_eq!(found.shape, Shape::Serial(zero));
    }
    // Four days in one week are no evidence, unless only one reading is possible.
    assert!(matches!(form(Zero::Sas.date(), 4), FoundForm::Ambiguous(_)));
    assert!(matches!(form(Zero::Sheet.date(), 4), FoundForm::Form(found) if found.shape == Shape::Serial(Zero::Sheet)));
}

#[test]
fn a_few_midnights_that_end_on_a_saturday_are_not_moved() {
    let days_from = |first: i8, count: i8, time: &str| -> Vec<String> {
        (first..first + count).map(|day| format!("2024-01-{day:02}T{time}Z")).collect()
    };
    let found = |cells: &[String]| days(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    // From a Wednesday to a Saturday.
    assert_eq!(found(&days_from(3, 4, "00:00:00"))[0], date(2024, 1, 3));
    assert_eq!(days(&["1704240000", "1704326400", "1704412800", "1704499200"])[3], date(2024, 1, 6));
    // Two weeks from Tuesday to Saturday are evenings further west; a week at another time is not.
    let weeks = [days_from(2, 5, "00:00:00"), days_from(9, 5, "00:00:00")].concat();
    assert_eq!(found(&weeks)[0], date(2024, 1, 1));
    assert_eq!(found(&days_from(2, 5, "01:00:00"))[4], date(2024, 1, 5));
}
