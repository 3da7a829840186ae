//! The model that is used if the command line names none, and models that have seen the forecast day.

use std::fs;
use std::path::Path;

use crate::pipeline::{AAPL, fourcast, stderr_of, stdout, trained};

#[test]
fn a_model_answers_for_a_file_it_was_not_trained_on() {
    let folder = trained();
    let fb = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fb.csv");
    let rows = stdout(folder.path(), &["predict", fb.to_str().unwrap(), "p.csv"]);
    let series: Vec<&str> = rows.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(series, ["fb", "p"]);
    let eurusd = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/eurusd.csv");
    fourcast(folder.path(), &["predict", eurusd.to_str().unwrap()]).assert().failure().code(1);
}

/// A model has seen the days that it was trained on, of any series and in any way.
#[test]
fn a_forecast_of_a_day_that_the_model_has_seen_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let hindsight = |last: &str, origin: &str| {
        format!("hindsight: the model was trained on days up to {last}, after the origin of this forecast, {origin}\n")
    };
    assert_eq!(stderr_of(folder.path(), "train p.csv -q --epochs 1 --ensemble 1"), "");
    assert_eq!(stderr_of(folder.path(), "predict p.csv"), "");
    let expected = format!("warning: p.csv: {}", hindsight("2013-03-01", "2012-06-29"));
    assert_eq!(stderr_of(folder.path(), "predict p.csv --until 2012-06-30"), expected);
    // The file itself ends earlier, but the model was trained from another one, which has seen the days.
    let early: Vec<&str> = AAPL.lines().take(2001).collect();
    fs::write(folder.path().join("early.csv"), early.join("\n")).unwrap();
    let train = "train early.csv -q -m e.st --epochs 1 --ensemble 1 --init-from model.safetensors";
    assert_eq!(stderr_of(folder.path(), train), "");
    let messages = stderr_of(folder.path(), "predict early.csv -m e.st");
    assert!(messages.contains(&hindsight("2013-03-01", &early[2000][..10])), "{messages}");
    assert!(!stderr_of(folder.path(), "predict p.csv -m e.st").contains("hindsight"));
}

/// A model in the folder is used if the command line names none, and a warning names its series.
#[test]
fn a_model_that_the_command_line_does_not_name_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    fs::write(folder.path().join("q.csv"), AAPL).unwrap();
    let closes: String = AAPL
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .fold(String::new(), |text, row| text + &format!("{},{}\n", row[0], row[4]));
    fs::write(folder.path().join("closes.csv"), closes).unwrap();
    stderr_of(folder.path(), "train p.csv -q --epochs 1 --ensemble 1");
    let found = "model.safetensors, found in this folder, was trained on p, 2000-03-01 to 2013-03-01";
    let pretrained = "pass --pretrained to forecast with the networks pretrained on simulated markets";
    let warning = format!(
        "warning: q.csv: {found}\n  help: pass -m model.safetensors if that is meant; otherwise name another model, or \
         {pretrained}\n"
    );
    assert_eq!(stderr_of(folder.path(), "predict q.csv q.csv p.csv"), warning, "once a run");
    assert_eq!(stderr_of(folder.path(), "predict p.csv q.csv"), warning);
    for silent in
        ["predict p.csv", "predict q.csv -q", "predict q.csv -m model.safetensors", "predict q.csv --pretrained"]
    {
        assert_eq!(stderr_of(folder.path(), silent), "", "{silent}");
    }

    // It does not silently replace the pretrained networks, and the help says how to use those.
    let output = fourcast(folder.path(), &["predict", "closes.csv", "-q"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let expected = format!(
        "error: closes.csv: no open, high and low, expected them: the model was trained on them ({found})\n  help: name \
         another model with -m FILE, train one of this file with: fourcast train closes.csv -m FILE, or {pretrained}\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    // Options that were typed to read the file are repeated in the help.
    let typed = ["predict", "closes.csv", "-q", "--price-column", "Close", "--splits", "as-is"];
    let messages = String::from_utf8(fourcast(folder.path(), &typed).output().unwrap().stderr).unwrap();
    let train = "fourcast train closes.csv --price-column Close --splits as-is -m FILE";
    assert!(messages.contains(train), "{messages}");
    stderr_of(
        folder.path(),
        &format!("{} -q --epochs 1 --ensemble 1", train["fourcast ".len()..].replace("FILE", "c.st")),
    );
    let answer = stdout(folder.path(), &["predict", "closes.csv", "--pretrained"]);
    stderr_of(folder.path(), "train closes.csv -q --epochs 1 --ensemble 1 --splits as-is -m closes.st");
    stderr_of(folder.path(), "predict closes.csv -m closes.st");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    assert_eq!(stdout(folder.path(), &["predict", "closes.csv"]), answer);

    // A damaged model, and a file with too few rows for any model.
    fs::write(folder.path().join("model.safetensors"), "prices?").unwrap();
    let output = fourcast(folder.path(), &["predict", "p.csv"]).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(
        messages.starts_with("error: model.safetensors: ") && messages.ends_with(&format!(", or {pretrained}\n")),
        "{messages}"
    );
    stderr_of(folder.path(), "predict p.csv --pretrained");
    let both = fourcast(folder.path(), &["predict", "p.csv", "--pretrained", "-m", "closes.st"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2));
}

/// If a command fails because of a model that the command line does not name, the error names it and offers an
/// alternative.
#[test]
fn every_error_of_a_model_found_in_the_folder_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let rows: Vec<&str> = AAPL.lines().skip(1).collect();
    // Columns of the file by number; column 7 contains words, column 8 numbers.
    let table = |rows: &[&str], columns: &[usize], header: &str| {
        let row = |(row, line): (usize, &&str)| {
            let cells: Vec<&str> = line.split(',').collect();
            let further = ["word".to_owned(), format!("{}", 20 + row % 7)];
            let cell = |column: &usize| further.get(column - 7).cloned();
            let cells = columns
                .iter()
                .map(|column| if *column < 7 { cells[*column].to_owned() } else { cell(column).unwrap() });
            cells.collect::<Vec<_>>().join(",") + "\n"
        };
        format!("{header}\n{}", rows.iter().enumerate().map(row).collect::<String>())
    };
    let recent = &rows[2900..];
    write("all.csv", &table(recent, &[0, 4], "Date,Settle"));
    write("vix.csv", &table(recent, &[0, 4, 8], "Date,Close,VIX"));
    write("plain.csv", &table(recent, &[0, 4], "Date,Close"));
    write("words.csv", &table(recent, &[0, 4, 7], "Date,Close,VIX"));
    let weeks: Vec<&str> = rows.iter().copied().filter(|line| is_friday(line)).collect();
    write("weeks.csv", &table(&weeks, &[0, 4], "Date,Close"));
    write("ohlc.csv", AAPL);
    let model = |args: &str| {
        let quick = format!("train -q --epochs 1 --ensemble 1 --splits as-is {args}");
        stderr_of(folder.path(), &quick);
    };
    let fails = |args: &str, expected: &str| {
        let args: Vec<&str> = args.split(' ').collect();
        let output = fourcast(folder.path(), &args).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_ne!(output.status.code(), Some(0), "{args:?}");
        assert!(error.contains(expected), "{args:?}: {error}");
        assert!(error.contains("(model.safetensors, found in this folder, was trained on "), "{args:?}: {error}");
        let offer = "pass --pretrained";
        let Some(at) = error.find(offer) else { panic!("{args:?}: {error}") };
        let weekly = if error[at..].starts_with("pass --pretrained --frequency weekly") {
            &["--frequency", "weekly"][..]
        } else {
            &[]
        };
        let args = [&args[..], &["--pretrained"], weekly].concat();
        let output = fourcast(folder.path(), &args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    model("all.csv --price-column Settle");
    fails("predict plain.csv", "no price column 'Settle'");
    fails("explain plain.csv", "no price column 'Settle'");
    model("vix.csv --past VIX");
    fails("predict plain.csv", "no column 'VIX'");
    fails("predict words.csv", "column 'VIX': cannot read 'word' as a number");
    write("dates.csv", "2008-01-02\n2012-12-20\n");
    model("plain.csv --events dates.csv");
    fails("predict plain.csv", "no events, expected 'dates'");
    model("weeks.csv --frequency weekly");
    fails("predict plain.csv", "the model was trained on weekly prices");
    fails("predict plain.csv --frequency daily", "daily rows, expected weekly ones");
    model("ohlc.csv --window 22");
    write("ohlc.csv", &AAPL.lines().take(15).map(|line| format!("{line}\n")).collect::<String>());
    fails("predict ohlc.csv", "14 rows of prices, expected at least 22");
    fails("predict weeks.csv", "the model was trained on daily prices");
    model("plain.csv --horizon 1 --topology many-to-one");
    fails("predict plain.csv --path 5", "ahead is requested, but the model forecasts");
    fails("explain plain.csv --member 2", "no member 2");
}

/// Whether a row of prices is that of a Friday.
fn is_friday(row: &str) -> bool {
    row[..10].parse::<jiff::civil::Date>().unwrap().weekday() == jiff::civil::Weekday::Friday
}

/// In a wide file, a series on the command line takes precedence over a column stored in the model.
#[test]
fn a_series_typed_goes_before_a_column_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let rows = AAPL.lines().skip(2900).enumerate().map(|(row, line)| {
        let cells: Vec<&str> = line.split(',').collect();
        [cells[0].to_owned(), cells[4].to_owned(), format!("{}.5", 100 + row * 7 % 13)]
    });
    let rows: Vec<[String; 3]> = rows.collect();
    let wide: String = rows.iter().map(|[date, one, two]| format!("{date},{one},{two}\n")).collect();
    fs::write(folder.path().join("wide.csv"), format!("Date,NDQ,SPX\n{wide}")).unwrap();
    fs::write(folder.path().join("other.csv"), format!("Date,DJI,SPX\n{wide}")).unwrap();
    let long = |[date, one, two]: &[String; 3]| format!("{date},A,{one},{two}\n{date},B,{two},{one}\n");
    let long: String = rows.iter().map(long).collect();
    fs::write(folder.path().join("long.csv"), format!("Date,Ticker,NDQ,Close\n{long}")).unwrap();
    stderr_of(folder.path(), "train wide.csv --price-column NDQ -q --epochs 1 --ensemble 1 --splits as-is -m ndq.st");
    for (args, series) in [
        ("wide.csv", "NDQ"),
        ("wide.csv --series NDQ", "NDQ"),
        ("wide.csv --series SPX", "SPX"),
        ("wide.csv --series spx", "SPX"),
        ("wide.csv --price-column SPX", "SPX"),
        ("wide.csv --price-column NDQ --series NDQ", "NDQ"),
        ("other.csv --series SPX", "SPX"),
        ("other.csv --price-column DJI", "DJI"),
        ("long.csv --series A", "A"),
        ("long.csv --ticker-column Ticker --series B", "B"),
        ("long.csv --series B --price-column Close", "B"),
    ] {
        let args: Vec<&str> = "predict -q -m ndq.st --format csv".split(' ').chain(args.split(' ')).collect();
        let answer = stdout(folder.path(), &args);
        let lines: Vec<&str> = answer.lines().collect();
        assert_eq!(lines.len(), 2, "{args:?}: {answer}");
        assert!(lines[1].starts_with(&format!("{series},")), "{args:?}: {answer}");
    }
    // Two columns on the command line contradict each other.
    let args = "predict -q -m ndq.st wide.csv --price-column SPX --series NDQ".split(' ').collect::<Vec<_>>();
    let output = fourcast(folder.path(), &args).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no series 'NDQ', expected 'SPX'"), "{error}");
}
