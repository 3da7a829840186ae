//! Decides the formats of dates and numbers before the rows are read.

use super::columns::{Field, Plan};
use super::dates::{DateEvidence, DateForm, DateOrder, FoundForm, Shape};
use super::decimal_mark::DecimalMarkEvidence;
use super::error::{Fault, Problem};
use super::numbers::{self, DecimalMark, FoundMark, MarkEvidence, ThirtySeconds};
use super::options::ReadOptions;
use super::table::{Records, Row, Table};
use super::text::Input;
use super::vocabulary::headers::{OF_TAIWAN, is_english_date};
use super::vocabulary::names::{self, Role};

/// The number of rows after which a clear decision is final; otherwise more rows are used.
const ENOUGH: usize = 500;

/// The formats of dates and numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Forms {
    pub date: DateForm,
    /// The only order of day, month and year that reads all dates, if this format does not.
    pub other_order: Option<DateOrder>,
    /// The first date, as an example.
    pub sample: String,
    pub mark: DecimalMark,
    /// Columns with numbers that only this mark can read.
    pub with_mark: Vec<usize>,
    /// Whether the dates can be in UTC rather than the market's time.
    pub zone_in_doubt: bool,
    /// The column and the cell of the first price, if all decimals of the prices are 32nds.
    pub pointed: Option<(usize, String)>,
    /// The first cell like `1.005`, and its value with a decimal comma, if the point is only likely to be decimal.
    pub likely_point: Option<[String; 2]>,
}

impl Forms {
    /// Whether the dates have times of day.
    pub fn timed(&self) -> bool {
        let compact = self.date.shape == Shape::Compact && self.sample.len() > "YYYYMMDD".len();
        let has_time = || self.sample.contains(':') || self.date.seconds(self.sample.as_bytes()).is_some();
        compact || matches!(self.date.shape, Shape::Epoch { .. }) || has_time()
    }

    /// Returns the pattern of the dates: `MM/DD/YYYY`.
    pub fn pattern(&self) -> String {
        self.date.shape.pattern(&self.sample)
    }
}

/// The evidence so far.
#[derive(Default)]
struct Survey {
    dates: DateEvidence,
    /// Evidence from the columns that are read.
    read: MarkEvidence,
    /// Evidence from the other columns, used only if those do not decide.
    other: MarkEvidence,
    /// Evidence from the prices, from the volumes, and from other columns of counts and amounts, used only if nothing
    /// else decides.
    prices: MarkEvidence,
    volumes: MarkEvidence,
    amounts: MarkEvidence,
    decimal_mark: DecimalMarkEvidence,
    quoted: bool,
    thirty_seconds: ThirtySeconds,
}

/// Decides the formats, from more and more of the text until they are clear.
pub(super) fn find(input: &mut Input, table: &Table, plan: &Plan, options: &ReadOptions) -> Result<Forms, Fault> {
    loop {
        let survey = Survey::take(input.head(), table, plan, options)?;
        match survey.forms(table, plan, options) {
            Err(open) if !input.grow()? => return Err(open),
            Ok(_) if survey.dates.may_change() && input.grow()? => {}
            // A later number can decide.
            Ok(forms) if forms.likely_point.is_some() && input.grow()? => {}
            Err(_) => {}
            Ok(forms) => return Ok(forms),
        }
    }
}

impl Survey {
    fn take(head: &[u8], table: &Table, plan: &Plan, options: &ReadOptions) -> Result<Self, Fault> {
        let dates = DateEvidence::of(is_taiwanese(table)).with_today(options.today);
        let decimal_mark = DecimalMarkEvidence::of(table.dialect.delimiter);
        let mut survey = Survey { quoted: has_quoted_numbers(head), dates, decimal_mark, ..Survey::default() };
        survey.decimal_mark.see_above(&lines_above(head, table), survey.quoted);
        let mut records = Records::new(head, table.dialect);
        let roles = plan.roles(table.names.len());
        let amounts = amounts(table, &roles);
        let mut rows = 0;
        // An unreadable row is reported later, when all rows are read.
        while let Ok(Some(row)) = records.next() {
            if row.line < table.first_line || !row.cells.fits(table.names.len()) {
                continue;
            }
            survey.see(&row, plan, &roles, &amounts);
            rows += 1;
            if rows >= ENOUGH && survey.is_settled(table) {
                break;
            }
        }
        Ok(survey)
    }

    fn see(&mut self, row: &Row, plan: &Plan, roles: &[Role], amounts: &[usize]) {
        let date = row.cells.get(plan.date);
        if plan.month_and_day.is_none() && !numbers::is_missing(date) {
            self.dates.see(date, row.line);
        }
        for &(_, column) in plan.groups.iter().flat_map(|group| &group.fields) {
            self.read.see(row.cells.get(column), row.line, column);
        }
        for &(_, column) in plan.groups.iter().flat_map(|group| &group.fields).filter(|(field, _)| field.is_price()) {
            self.thirty_seconds.see(row.cells.get(column), row.line, column);
        }
        if matches!(self.read.verdict(false), FoundMark::Mark(_)) {
            return;
        }
        self.see_decimal_mark(row, plan, amounts);
        for column in (0..row.cells.len()).filter(|&column| roles.get(column).is_none_or(|role| *role == Role::Unused))
        {
            let cell = row.cells.get(column);
            if !super::dates::is_date(cell, false) {
                self.other.see(cell, row.line, column);
            }
        }
    }

    fn see_decimal_mark(&mut self, row: &Row, plan: &Plan, amounts: &[usize]) {
        if plan.month_and_day.is_none() {
            self.decimal_mark.see_date(row.cells.get(plan.date));
        }
        for &(field, column) in plan.groups.iter().flat_map(|group| &group.fields) {
            let evidence = match field {
                Field::Volume => &mut self.volumes,
                _ if field.is_price() => &mut self.prices,
                _ => continue,
            };
            evidence.see(row.cells.get(column), row.line, column);
        }
        amounts.iter().for_each(|&column| self.amounts.see(row.cells.get(column), row.line, column));
    }

    fn is_settled(&self, table: &Table) -> bool {
        let date = || matches!(self.dates.verdict(None), FoundForm::Form(_));
        !self.dates.may_change() && date() && !matches!(self.verdict(table), FoundMark::Ambiguous(_))
    }

    fn verdict(&self, table: &Table) -> FoundMark {
        let unquoted_commas = table.dialect.delimiter == b',' && !self.quoted;
        match self.read.verdict(false) {
            FoundMark::Ambiguous(_) => match self.other.verdict(false) {
                FoundMark::Mark(mark) => FoundMark::Mark(mark),
                // In files with Korean, Japanese or Chinese names, the point is the decimal mark.
                _ if is_eastern(table) => FoundMark::Mark(DecimalMark::Point),
                _ => match self.decimal_mark.mark(&self.prices, &self.volumes, &self.amounts) {
                    Some(mark) => FoundMark::Mark(mark),
                    None => self.read.verdict(unquoted_commas),
                },
            },
            verdict => verdict,
        }
    }

    fn forms(&self, table: &Table, plan: &Plan, options: &ReadOptions) -> Result<Forms, Fault> {
        let date = self.date(table, plan, options)?;
        if let Some(found) = self.thirty_seconds.found() {
            let problem = Problem::ThirtySeconds { column: table.label(found.column), found: found.cell.clone() };
            return Err(Fault::at(found.line, problem));
        }
        let (mark, likely_point) = self.mark(table, plan, options)?;
        Ok(Forms {
            date,
            other_order: self.dates.order_of_all(date),
            sample: self.dates.sample(date).unwrap_or_default().to_owned(),
            mark,
            with_mark: self.read.columns_with(mark).collect(),
            zone_in_doubt: self.dates.zone_in_doubt(date),
            pointed: self.thirty_seconds.pointed().map(|found| (found.column, found.cell.clone())),
            likely_point,
        })
    }

    fn date(&self, table: &Table, plan: &Plan, options: &ReadOptions) -> Result<DateForm, Fault> {
        match self.dates.verdict(options.date_order) {
            FoundForm::Form(form) => Ok(form),
            FoundForm::Ambiguous(open) => {
                let column = table.label(plan.date);
                let readings = open.readings;
                let problem = Problem::AmbiguousDate { column, found: open.cell, readings };
                Err(Fault::at(open.line, problem))
            }
            // Reported with its line when the first row is read.
            FoundForm::NoDate => Ok(DateForm::ISO),
        }
    }

    /// Returns the decimal mark; and, if it is only likely, a cell with it, and the cell's value with the other mark.
    fn mark(
        &self,
        table: &Table,
        plan: &Plan,
        options: &ReadOptions,
    ) -> Result<(DecimalMark, Option<[String; 2]>), Fault> {
        if options.decimal_comma || options.decimal_point {
            let comma = options.decimal_comma;
            return Ok((if comma { DecimalMark::Comma } else { DecimalMark::Point }, None));
        }
        let open = match self.verdict(table) {
            FoundMark::Mark(mark) => return Ok((mark, None)),
            FoundMark::NoMark => return Ok((DecimalMark::Point, None)),
            FoundMark::Ambiguous(open) => open,
        };
        let reading = |mark| numbers::show(open.cell.as_bytes(), mark);
        let [point, comma] = [DecimalMark::Point, DecimalMark::Comma].map(reading);
        let is_english = is_english_date(&table.names[plan.date]) && !self.quoted;
        if is_english && self.decimal_mark.is_likely_point(&self.prices, &self.volumes, &self.amounts) {
            return Ok((DecimalMark::Point, Some([open.cell, comma])));
        }
        let column = table.label(open.column);
        Err(Fault::at(open.line, Problem::AmbiguousNumber { column, point, comma, found: open.cell }))
    }
}

/// Returns the columns that are not read and whose names mean counts or amounts: `Turnover`, `Trades`.
fn amounts(table: &Table, roles: &[Role]) -> Vec<usize> {
    let is_amount = |name: &String| {
        let is_unused = matches!(names::role(name.as_bytes()), Some((Role::Unused, _)));
        is_unused && !names::is_counter(name)
    };
    let named =
        table.names.iter().enumerate().filter(|(column, name)| roles[*column] == Role::Unused && is_amount(name));
    named.map(|(column, _)| column).collect()
}

/// Returns the lines up to the line of the names.
fn lines_above<'a>(head: &'a [u8], table: &Table) -> Vec<&'a [u8]> {
    head.split(|byte| *byte == b'\n').take(table.header.unwrap_or_default()).collect()
}

/// Whether columns have names in Korean, Japanese or Chinese.
fn is_eastern(table: &Table) -> bool {
    let eastern =
        |letter: char| matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}');
    table.names.iter().any(|name| name.contains(eastern))
}

/// Whether columns have names that only Taiwan's exchanges use.
fn is_taiwanese(table: &Table) -> bool {
    let is_word = |name: &String| OF_TAIWAN.contains(&names::normal(name).as_str());
    table.names.iter().filter(|name| is_word(name)).count() > 0
}

/// Whether a number is in quotes; it can then contain the delimiter.
fn has_quoted_numbers(head: &[u8]) -> bool {
    head.contains(&b'"') && head.windows(2).any(|pair| pair[0] == b'"' && pair[1].is_ascii_digit())
}
