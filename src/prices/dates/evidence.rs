//! Decides the format of a file's dates from all of them together.

use jiff::civil::{Date, Weekday};

use super::written::Written;
use super::{DateForm, DateOrder, DateSense, Shape, Side, Stamp, Zero, days_between};

/// The dates seen so far, as each shape would read them.
#[derive(Debug, Clone)]
pub(crate) struct DateEvidence {
    tracks: [Track; Shape::ALL.len()],
    /// The number of cells that can be dates.
    seen: usize,
    /// The number of years with three digits, which are years of the Republic of China.
    republican: usize,
    /// Whether the columns have the names that Taiwan's exchanges use.
    taiwan: bool,
    /// The first date whose two-digit year can be of that calendar or Gregorian.
    republican_open: Option<AmbiguousDate>,
    /// The first date that shapes read differently.
    open: Option<AmbiguousDate>,
    /// For each shape, the first cell that is a date.
    samples: [Option<String>; Shape::ALL.len()],
}

/// A date that can be read in several ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AmbiguousDate {
    pub cell: String,
    pub line: usize,
    /// The possible readings, each with its day.
    pub readings: Vec<(DateSense, Date)>,
}

/// The conclusion from the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundForm {
    /// The form is clear.
    Form(DateForm),
    /// Several forms fit equally well.
    Ambiguous(AmbiguousDate),
    /// No cell was a date.
    NoDate,
}

/// One way to read the dates.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    /// Whether a leading year has four digits. Dates with a leading number of two digits are then in another order.
    long_years: bool,
    /// The number of dates that can be read this way.
    valid: usize,
    /// The number of years of the Buddhist calendar.
    buddhist: usize,
    /// The number of days on a weekend.
    weekend: usize,
    /// The number of days per day of the week, from Monday.
    weekdays: [usize; 7],
    /// The number of times that can belong to the next day further east, and of days on a weekend if they do.
    late: usize,
    eastern_weekend: usize,
    /// The number of times that can belong to the day before further west, and of days on a weekend if they do.
    early: usize,
    western_weekend: usize,
    /// The number of midnights in UTC.
    midnights: usize,
    last: Option<Date>,
    steps: Steps,
}

/// The steps from date to date in the order of the file.
#[derive(Debug, Clone, Copy, Default)]
struct Steps {
    up: usize,
    down: usize,
    /// Steps of a week or less.
    short: usize,
    /// Steps of a month.
    monthly: usize,
    /// Steps from a session of a month to a session of the next.
    of_months: usize,
    /// Steps of most of a year.
    yearly: usize,
    /// Steps to another row of the same day.
    none: usize,
}

impl Default for DateEvidence {
    fn default() -> Self {
        Self {
            tracks: [Track::default(); Shape::ALL.len()],
            seen: 0,
            republican: 0,
            taiwan: false,
            republican_open: None,
            open: None,
            samples: Default::default(),
        }
    }
}

impl DateEvidence {
    /// Makes empty evidence. `taiwan`: whether the columns have the names that Taiwan's exchanges use.
    pub fn of(taiwan: bool) -> Self {
        Self { taiwan, ..Self::default() }
    }

    /// Takes a cell into account. Cells that are no dates are ignored.
    pub fn see(&mut self, cell: &[u8], line: usize) {
        let Some(written) = Written::read(cell) else {
            return;
        };
        self.seen += 1;
        let mut readings: Vec<(DateSense, Date)> = Vec::new();
        let text = || String::from_utf8_lossy(cell).into_owned();
        for ((track, sample), shape) in self.tracks.iter_mut().zip(&mut self.samples).zip(Shape::ALL) {
            let Some(stamp) = shape.stamp(&written) else {
                continue;
            };
            match shape.has_long_year(&written) {
                Some(false) if track.long_years => continue,
                Some(true) if !track.long_years => {
                    *track = Track { long_years: true, ..Track::default() };
                    *sample = None;
                }
                _ => {}
            }
            // Two-digit years are of Taiwan's calendar only if other dates show it.
            let republican = shape == Shape::Republic;
            self.republican += usize::from(republican && written.parts(shape).1[0].digits == 3);
            if !republican || self.republican > 0 {
                sample.get_or_insert_with(text);
            }
            track.see(stamp);
            readings.extend(sense(shape).map(|sense| (sense, stamp.date)));
        }
        self.see_calendar(&written, cell, line);
        let differ = readings.iter().any(|reading| reading.1 != readings[0].1);
        if differ && self.open.is_none() {
            self.open = Some(AmbiguousDate { cell: text(), line, readings });
        }
    }

    /// Keeps the first date that can be of either calendar.
    fn see_calendar(&mut self, written: &Written, cell: &[u8], line: usize) {
        if self.republican_open.is_some() {
            return;
        }
        let days = [Shape::Numbers(DateOrder::Ymd), Shape::Republic].map(|shape| shape.stamp(written));
        if let [Some(own), Some(republican)] = days {
            let readings =
                vec![(DateSense::Order(DateOrder::Ymd), own.date), (DateSense::Order(DateOrder::Roc), republican.date)];
            self.republican_open =
                Some(AmbiguousDate { cell: String::from_utf8_lossy(cell).into_owned(), line, readings });
        }
    }

    /// Returns the calendar of two-digit years, if all dates can be read in both: Taiwan's, if the columns have the
    /// names that its exchanges use; otherwise the calendar whose days of the week are those of a market.
    fn calendar(&self) -> Option<FoundForm> {
        const MIN_DATES: usize = 10;
        let shapes = [Shape::Numbers(DateOrder::Ymd), Shape::Republic];
        let [own, taiwan] = shapes.map(|shape| self.track(shape));
        let most = self.tracks.iter().map(|track| track.valid).max().unwrap_or(0);
        let open = self.republican_open.as_ref().filter(|_| self.republican == 0)?;
        if own.valid != most || taiwan.valid != most {
            return None;
        }
        let form = |place: usize| Some(FoundForm::Form([own, taiwan][place].form(shapes[place])));
        let is_odd = |track: &Track| {
            let days = &track.weekdays;
            days[6] > 0 || (days[5] > 0 && days[..5].contains(&0))
        };
        match (is_odd(own), is_odd(taiwan)) {
            _ if self.taiwan => form(1),
            (false, true) if most >= MIN_DATES => form(0),
            (true, false) if most >= MIN_DATES => form(1),
            _ => Some(FoundForm::Ambiguous(open.clone())),
        }
    }

    /// Returns the first cell that is a date of a format.
    pub fn sample(&self, form: DateForm) -> Option<&str> {
        let samples = self.samples.iter().zip(Shape::ALL);
        samples.filter(|(_, shape)| *shape == form.shape).find_map(|(sample, _)| sample.as_deref())
    }

    /// Decides; `order` is the order that the caller gave for dates of three numbers.
    pub fn verdict(&self, order: Option<DateOrder>) -> FoundForm {
        let allowed = |shape: Shape| match (shape, order) {
            (Shape::Numbers(DateOrder::Ydm), None) => self.has_days_before_months(),
            (Shape::Joined(DateOrder::Ydm), None) => self.has_joined_days_before_months(),
            (Shape::YearDayMonth, _) => order == Some(DateOrder::Ydm),
            (Shape::Compact, Some(wanted)) => wanted != DateOrder::Ydm,
            (Shape::Numbers(found) | Shape::Joined(found), Some(wanted)) => found == wanted,
            (Shape::Republic, Some(DateOrder::Roc)) => true,
            (Shape::Republic, Some(wanted)) if wanted != DateOrder::Ymd => false,
            (Shape::Republic, _) => self.is_republican(),
            _ => true,
        };
        if let Some(verdict) = self.calendar().filter(|_| order.is_none()) {
            return verdict;
        }
        let tracks = self.tracks.iter().zip(Shape::ALL).filter(|(_, shape)| allowed(*shape));
        let most = tracks.clone().map(|(track, _)| track.valid).max().unwrap_or(0);
        if most == 0 {
            return FoundForm::NoDate;
        }
        let fit: Vec<(&Track, Shape)> = tracks.filter(|(track, _)| track.valid == most).collect();
        match (&fit[..], &self.open) {
            ([(track, shape)], _) => FoundForm::Form(track.form(*shape)),
            (several, Some(open)) => match likeliest(several).or_else(|| likeliest_zero(several)) {
                Some((track, shape)) => FoundForm::Form(track.form(shape)),
                None => FoundForm::Ambiguous(open.clone()),
            },
            // All shapes give the same days.
            ([(track, shape), ..], None) => FoundForm::Form(track.form(*shape)),
            ([], _) => FoundForm::NoDate,
        }
    }

    /// Whether the day stands between year and month, which is rare: there must be several dates, all in one direction,
    /// that can be read in no other way.
    fn has_days_before_months(&self) -> bool {
        self.are_days_before_months([DateOrder::Ymd, DateOrder::Ydm].map(Shape::Numbers))
    }

    /// Whether the same is true of dates without separators, which no other format can read.
    fn has_joined_days_before_months(&self) -> bool {
        let own = Shape::Joined(DateOrder::Ydm);
        let mut others = self.tracks.iter().zip(Shape::ALL).filter(|(_, shape)| *shape != own);
        self.are_days_before_months([Shape::Compact, own])
            && others.all(|(other, _)| other.valid < self.track(own).valid)
    }

    fn are_days_before_months(&self, shapes: [Shape; 2]) -> bool {
        const MIN_DATES: usize = 3;
        let [ymd, ydm] = shapes.map(|shape| self.track(shape));
        let only_so = ydm.valid.saturating_sub(ymd.valid);
        only_so >= MIN_DATES && 10 * only_so >= ydm.valid && ydm.steps.are_mostly_one_way()
    }

    /// Returns the only order of parts in which every cell that can be a date is one, if the given format does not read
    /// them all.
    pub fn order_of_all(&self, but: DateForm) -> Option<DateOrder> {
        if self.track(but.shape).valid == self.seen {
            return None;
        }
        let tracks = self.tracks.iter().zip(Shape::ALL).filter(|(track, _)| track.valid == self.seen);
        let mut orders = tracks.filter_map(|(_, shape)| shape.order());
        let order = orders.next()?;
        orders.all(|other| other == order).then_some(order)
    }

    /// Whether years are years of the Republic of China: some have three digits, or there is a leap day that the
    /// Gregorian calendar does not have.
    fn is_republican(&self) -> bool {
        let [posix, taiwan] = [Shape::Numbers(DateOrder::Ymd), Shape::Republic].map(|shape| self.track(shape));
        let leap = taiwan.valid > posix.valid && taiwan.weekend == 0 && taiwan.steps.are_daily();
        self.republican > 0 || leap
    }

    /// Whether a three-digit year in a later row would change how all earlier dates are read.
    pub fn may_be_republican(&self) -> bool {
        let taiwan = self.track(Shape::Republic).valid;
        self.republican == 0 && !self.taiwan && taiwan > 0 && self.tracks.iter().all(|track| track.valid <= taiwan)
    }

    fn track(&self, shape: Shape) -> &Track {
        let found = Shape::ALL.iter().position(|other| *other == shape);
        &self.tracks[found.unwrap_or_default()]
    }

    /// Whether some times are in UTC and past noon, and the days of the week do not show whether these are midnights of
    /// the next day further east.
    pub fn zone_in_doubt(&self, form: DateForm) -> bool {
        let tracks = self.tracks.iter().zip(Shape::ALL);
        let mut track = tracks.filter(|(_, shape)| *shape == form.shape).map(|(track, _)| track);
        track.any(|track| track.late > 0 && track.weekend == 0 && track.eastern_weekend == 0)
    }
}

/// Returns the only one of several readings in which the dates look like trading days.
fn likeliest<'a>(several: &[(&'a Track, Shape)]) -> Option<(&'a Track, Shape)> {
    let only = |fits: &dyn Fn(&Track) -> bool| {
        let mut found = several.iter().filter(|(track, _)| fits(track));
        found.next().filter(|_| found.next().is_none()).copied()
    };
    // Dates are the first or last sessions of months in this reading, and in order in no other.
    if let Some(month) = only(&|track| track.steps.are_months()) {
        let is_other = |(other, shape): &(&Track, Shape)| *shape == month.1 || !other.steps.are_one_way();
        if several.iter().all(is_other) {
            return Some(month);
        }
    }
    if let Some((track, shape)) = only(&|track| track.steps.are_daily()) {
        // The first days of months look like days of January, until a day of one reading falls on a weekend.
        let mut monthly = several.iter().filter(|(other, _)| other.steps.are_monthly());
        // No market trades only on the first days of each year.
        if let (Some((month, shape)), None, true) =
            (monthly.clone().next(), monthly.clone().nth(1), track.steps.yearly > 0)
        {
            return month.steps.are_all_monthly().then_some((*month, *shape));
        }
        let is_distinct = |(other, _): &(&Track, Shape)| track.weekend == 0 && other.weekend > 0;
        return monthly.all(is_distinct).then_some((track, shape));
    }
    let weekdays = only(&|track| track.weekend == 0)?;
    let others = several.iter().filter(|(_, shape)| *shape != weekdays.1);
    let often = |track: &Track| track.valid >= 20 && 7 * track.weekend >= track.valid;
    others.map(|(track, _)| track).all(|track| often(track)).then_some(weekdays)
}

/// Returns the name of a reading of dates, if it is one of several possible readings.
fn sense(shape: Shape) -> Option<DateSense> {
    match shape {
        Shape::Numbers(DateOrder::Ydm) | Shape::Joined(DateOrder::Ydm) => None,
        Shape::Numbers(order) | Shape::Joined(order) => Some(DateSense::Order(order)),
        Shape::Serial(zero) => Some(DateSense::DaysSince(zero.date())),
        _ => None,
    }
}

/// Returns the day zero of serial days: the only one that gives no weekends; otherwise that of spreadsheets, if the
/// only alternative is that of old spreadsheets.
fn likeliest_zero<'a>(several: &[(&'a Track, Shape)]) -> Option<(&'a Track, Shape)> {
    const MIN_DATES: usize = 5;
    let serial = |zero: Zero| move |(_, shape): &&(&Track, Shape)| *shape == Shape::Serial(zero);
    if !several.iter().all(|(_, shape)| matches!(shape, Shape::Serial(_))) {
        return None;
    }
    let without_weekends = |(track, _): &&(&Track, Shape)| track.weekend == 0 && track.valid >= MIN_DATES;
    let mut left: Vec<_> = several.iter().filter(without_weekends).collect();
    if left.is_empty() {
        left = several.iter().collect();
    }
    let sheet = left.iter().copied().find(serial(Zero::Sheet));
    let others = left.iter().filter(|(_, shape)| *shape != Shape::Serial(Zero::OldSheet)).count();
    match (&left[..], sheet) {
        ([only], _) => Some(**only),
        (_, Some(sheet)) if others == 1 => Some(*sheet),
        _ => None,
    }
}

impl Track {
    fn see(&mut self, stamp: Stamp) {
        let Stamp { date, buddhist, .. } = stamp;
        self.buddhist += usize::from(buddhist);
        self.valid += 1;
        self.late += usize::from(stamp.is_late());
        self.early += usize::from(stamp.is_early());
        self.midnights += usize::from(stamp.utc == Some(0));
        self.weekend += usize::from(is_weekend(date));
        self.weekdays[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())] += 1;
        self.eastern_weekend += usize::from(is_weekend(stamp.on(Side::East)));
        self.western_weekend += usize::from(is_weekend(stamp.on(Side::West)));
        if let Some(last) = self.last.replace(date) {
            self.steps.see(days_between(last, date));
        }
    }

    /// Whether early times can be evenings of the day before. Days of markets that trade all week are also stamped at
    /// midnight, and a few such days can end on a Saturday.
    fn are_evenings(&self) -> bool {
        const MIN_SATURDAYS: usize = 2;
        self.midnights < self.valid || self.weekend >= MIN_SATURDAYS
    }

    fn form(&self, shape: Shape) -> DateForm {
        // Intraday rows are not midnights of the next day.
        let is_intraday = 2 * self.steps.none > self.valid;
        let side = match self.weekend > 0 && !is_intraday {
            true if self.late > 0 && self.eastern_weekend == 0 => Side::East,
            true if self.early > 0 && self.western_weekend == 0 && self.are_evenings() => Side::West,
            _ => Side::Utc,
        };
        DateForm { shape, side, buddhist: 2 * self.buddhist > self.valid, long_years: self.long_years }
    }
}

impl Steps {
    fn see(&mut self, days: i64) {
        self.none += usize::from(days == 0);
        self.up += usize::from(days > 0);
        self.down += usize::from(days < 0);
        self.short += usize::from((1..=7).contains(&days.abs()));
        self.monthly += usize::from((28..=31).contains(&days.abs()));
        self.of_months += usize::from((25..=36).contains(&days.abs()));
        self.yearly += usize::from((300..=400).contains(&days.abs()));
    }

    /// Whether the steps go mostly in one direction, and mostly to the next trading day. A new ticker or an error of
    /// the vendor can interrupt this.
    fn are_daily(&self) -> bool {
        let all = self.up + self.down;
        all > 0 && self.are_mostly_one_way() && 5 * self.short >= 4 * all
    }

    fn are_mostly_one_way(&self) -> bool {
        20 * self.up.max(self.down) >= 19 * (self.up + self.down)
    }

    fn are_one_way(&self) -> bool {
        self.up == 0 || self.down == 0
    }

    /// Whether all steps go in one direction, from one month to the next.
    fn are_months(&self) -> bool {
        const MIN_STEPS: usize = 6;
        self.are_one_way() && self.up + self.down >= MIN_STEPS && self.of_months == self.up + self.down
    }

    fn are_all_monthly(&self) -> bool {
        self.monthly == self.up + self.down
    }

    fn are_monthly(&self) -> bool {
        let all = self.up + self.down;
        all > 0 && 5 * self.monthly >= 4 * all
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
