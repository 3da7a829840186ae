//! The page and the plot of `fourcast explain`.

use std::collections::HashSet;
use std::fs;

use crate::common::command_of;
use crate::explain::{FB, folder, fourcast, json, printed};
use serde_json::Value;

/// Returns the texts after each `mark` in a page, up to the end of the attribute or the cell.
fn after<'a>(page: &'a str, mark: &str) -> HashSet<&'a str> {
    page.split(mark).skip(1).filter_map(|rest| rest.split(['"', '<']).next()).collect()
}

/// The page has the numbers of json. The drawing of the network also has its own numbers, which add up to the states.
#[track_caller]
pub(crate) fn assert_drawn(page: &str, all: &Value) {
    let (_, drawing) = page.split_once("<section id=\"network\"").unwrap();
    let drawing = drawing.split_once("</section>").unwrap().0;
    assert!(drawing.contains("<svg class=\"chart\"") && drawing.contains("head"), "{drawing}");
    let (values, cells) = (after(page, "value=\""), after(drawing, "<td>"));
    let is_on_page = |number: &Value| values.contains(number.to_string().as_str());
    let is_drawn = |number: &Value| cells.contains(number.to_string().as_str());
    for one in all["gates_and_states"].as_array().unwrap() {
        for day in one["days"].as_array().unwrap() {
            assert!(is_on_page(&day["mean"]) && is_on_page(&day["deviation"]), "{one}");
            assert!(is_drawn(&day["mean"]), "{} {}", one["quantity"], day["mean"]);
        }
    }
    let rows = table(drawing);
    assert_flows(&rows, all);
    let (columns, rows) = rows.split_first().unwrap();
    let Some(kept) = columns.iter().position(|name| name == "kept mean") else { return };
    let number = |row: &Vec<String>, place: usize| row[place].parse::<f64>().unwrap();
    for row in rows {
        // `kept`, `added` and the new state: each has the mean of absolute values before the mean.
        let [kept, added, after] = [kept, kept + 2, kept + 4].map(|place| number(row, place));
        assert!((kept + added - after).abs() < 1e-6, "{row:?}");
    }
}

/// The rows of the drawing have every number under `flows` in json, and no others.
#[track_caller]
fn assert_flows(rows: &[Vec<String>], all: &Value) {
    let layers = all["flows"].as_array().unwrap();
    let days = layers.iter().flat_map(|layer| layer["days"].as_array().unwrap());
    let mut count = 0;
    for (row, day) in rows[1..].iter().zip(days) {
        assert_eq!(row[0], day["date"].as_str().unwrap());
        let quantities = day.as_object().unwrap().values().filter(|value| value.is_object());
        let numbers = quantities.flat_map(|value| [&value["mean_absolute"], &value["mean"]]).map(Value::to_string);
        let first = row.len() - rows[0].iter().filter(|name| name.ends_with("mean|")).count() * 2;
        let drawn: Vec<&String> = row[first..].iter().filter(|cell| !cell.is_empty()).collect();
        assert_eq!(drawn, numbers.collect::<Vec<_>>().iter().collect::<Vec<_>>(), "{row:?}");
        count += 1;
    }
    assert!(count == rows.len() - 1 && count > 0);
}

/// Returns the cells of the first table, with its header first.
fn table(html: &str) -> Vec<Vec<String>> {
    let table = html.split_once("<thead>").unwrap().1.split_once("</table>").unwrap().0;
    let cell = |cell: &str| cell.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned();
    let cells = |row: &str| row.split("<t").skip(1).filter(|cell| cell.starts_with(['h', 'd'])).map(cell).collect();
    table.split("<tr>").skip(1).map(cells).collect()
}

#[test]
fn the_page_has_what_json_has() {
    let folder = folder();
    let all = json(folder.path(), "explain fb.csv --pretrained -q --units --window 22 --report page.html");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert_drawn(&page, &all);
    let (values, cells) = (after(&page, "value=\""), after(&page, "<td>"));
    let is_there = |number: &Value| {
        let text = number.to_string();
        assert!(values.contains(text.as_str()) || cells.contains(text.as_str()), "{number}");
    };
    for day in all["days"].as_array().unwrap() {
        is_there(&day["close"]);
        let inputs = day["inputs"].as_object().unwrap();
        inputs
            .values()
            .for_each(|input| ["raw", "standardised", "read"].iter().for_each(|kind| is_there(&input[kind])));
    }
    let units = &all["gates_and_states"][5]["days"][21]["units"];
    assert_eq!(units.as_array().unwrap().iter().flat_map(|one| one.as_array().unwrap()).map(is_there).count(), 48);
    for measure in ["median", "sigma"] {
        let attribution = &all["influence"][0][measure];
        // The page has sigma in only one unit.
        let ends = match measure {
            "median" => ["value", "average_inputs"],
            _ => ["percent_of_price", "average_inputs_percent_of_price"],
        };
        ends.iter().chain(&["completeness_error"]).for_each(|key| is_there(&attribution[key]));
        for day in attribution["days"].as_array().unwrap() {
            let keys =
                ["gradient_norm", "gradient_relative", "gradient_times_input", "integrated_gradients", "occlusion"];
            keys.iter().for_each(|key| is_there(&day[key]));
        }
    }
    let sigma = &all["influence"][0]["sigma"];
    let number = |value: &Value| value.as_f64().unwrap();
    let moved = number(&sigma["value"]) - number(&sigma["average_inputs"]);
    let ratio = number(&sigma["percent_of_price"]) / number(&sigma["average_inputs_percent_of_price"]);
    assert!((100.0 * ratio.ln() - moved).abs() < 1e-4, "{ratio} {moved}");
    assert!(page.contains("Sigma of the networks, before calibration: ") && !page.contains("logarithm of sigma: "));
    assert_eq!(
        command_of(&page),
        "fourcast explain fb.csv --pretrained -q --units --window 22 --report page.html --format json"
    );
}

/// With `--gradient-norms`, the page has no other section about days.
#[test]
fn the_page_of_gradient_norms_has_no_other_section_about_days() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fb.csv"), FB).unwrap();
    printed(&mut fourcast(
        folder.path(),
        "explain fb.csv --pretrained -q --gradient-norms --window 60 --report page.html",
    ));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let ids: Vec<&str> = page.split("<section id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids, ["gradient-norms", "numbers", "card", "command"]);
}

/// A ticker is escaped as text. The pages of `predict` and `train` have the same drawing.
#[test]
fn the_drawing_is_in_every_page_of_a_forecast() {
    let folder = folder();
    let (header, rows) = FB.split_once('\n').unwrap();
    let evil: String = rows.lines().map(|row| format!("<script>alert(1)</script>,{row}\n")).collect();
    fs::write(folder.path().join("evil.csv"), format!("Ticker,{header}\n{evil}")).unwrap();
    let runs = [
        "explain evil.csv --pretrained -q",
        "predict evil.csv --pretrained -q",
        "train evil.csv -q --epochs 1 --ensemble 1 --test-fraction 0",
    ];
    let mut drawings = Vec::new();
    for run in runs {
        printed(&mut fourcast(folder.path(), &format!("{run} --report page.html")));
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)"), "{run}");
        let (_, drawing) = page.split_once("<section id=\"network\"").expect(run);
        drawings.push(drawing.split_once("</section>").unwrap().0.to_owned());
    }
    assert_eq!(drawings[0], drawings[1]);
    assert_ne!(drawings[0], drawings[2]);
    let refused = fourcast(folder.path(), "explain fb.csv --pretrained -q --report fb.csv").output().unwrap();
    assert!(!refused.status.success() && fs::read_to_string(folder.path().join("fb.csv")).unwrap() == FB);
}

#[test]
fn a_plot_is_the_drawing_or_the_gradient_norms() {
    let folder = folder();
    let plot = |options: &str| {
        printed(&mut fourcast(folder.path(), &format!("explain aapl.csv --pretrained -q {options} --plot plot.svg")));
        fs::read_to_string(folder.path().join("plot.svg")).unwrap()
    };
    let drawing = plot("");
    for text in ["aapl: the network day by day", "head", "2013-02-26 to 2013-03-01", "cell state"] {
        assert!(drawing.contains(text), "{text}");
    }
    let gradient_norms = plot("--gradient-norms --window 22");
    assert!(
        gradient_norms.contains("Gradient by the inputs of each day") && !gradient_norms.contains("head<"),
        "{gradient_norms}"
    );
    printed(&mut fourcast(folder.path(), "explain aapl.csv --pretrained -q --plot plot.png"));
    assert!(fs::read(folder.path().join("plot.png")).unwrap().starts_with(b"\x89PNG"));
}
