//! Decides the format of a file's dates from all of them together.

use jiff::civil::Date;

use super::century::{Centuries, POSIX, century_before};
use super::track::Track;
use super::written::Written;
use super::{DateForm, DateOrder, DateSense, Shape, Zero};

/// The dates seen so far, as each shape would read them.
#[derive(Debug, Clone)]
pub(crate) struct DateEvidence {
    /// With the century of POSIX; [`DateEvidence::in_centuries`] corrects it.
    tracks: [Track; Shape::ALL.len()],
    /// The years of two digits, of each shape that has them.
    centuries: [Option<Box<Centuries>>; Shape::ALL.len()],
    /// The number of cells that can be dates.
    seen: usize,
    /// The number of years with three digits, which are years of the Republic of China.
    republican: usize,
    /// Whether the columns have the names that Taiwan's exchanges use.
    taiwan: bool,
    /// The year of tomorrow, if it is known. No price is of a later year.
    last_year: Option<i16>,
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

impl Default for DateEvidence {
    fn default() -> Self {
        Self {
            tracks: [Track::default(); Shape::ALL.len()],
            centuries: Default::default(),
            seen: 0,
            republican: 0,
            taiwan: false,
            last_year: None,
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

    /// Sets the day that decides the century of years with two digits.
    pub fn with_today(self, today: Option<Date>) -> Self {
        Self { last_year: today.map(|today| today.tomorrow().unwrap_or(today).year()), ..self }
    }

    /// Takes a cell into account. Cells that are no dates are ignored.
    pub fn see(&mut self, cell: &[u8], line: usize) {
        let Some(written) = Written::read(cell) else {
            return;
        };
        self.seen += 1;
        let mut readings: Vec<(DateSense, Date)> = Vec::new();
        let text = || String::from_utf8_lossy(cell).into_owned();
        let tracks = self.tracks.iter_mut().zip(&mut self.samples).zip(&mut self.centuries);
        for (((track, sample), centuries), shape) in tracks.zip(Shape::ALL) {
            let Some(stamp) = shape.stamp(&written) else {
                continue;
            };
            match shape.has_long_year(&written) {
                Some(false) if track.long_years => continue,
                Some(true) if !track.long_years => {
                    *track = Track { long_years: true, ..Track::default() };
                    *sample = None;
                    *centuries = None;
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
            match (stamp.short_year, &mut *centuries) {
                (Some(year), centuries) => centuries.get_or_insert_default().see(year, stamp.date),
                (None, Some(centuries)) => centuries.see_other(),
                (None, None) => {}
            }
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
        /// Taiwan's exchange opened in 1962.
        const FIRST_OF_TAIWAN: u8 = 51;
        let shapes = [Shape::Numbers(DateOrder::Ymd), Shape::Republic];
        let [own, taiwan] = shapes.map(|shape| self.track(shape));
        let most = self.tracks.iter().map(|track| track.valid).max().unwrap_or(0);
        let open = self.republican_open.as_ref().filter(|_| self.republican == 0)?;
        let is_before_exchange = || self.years(shapes[0]).is_some_and(|years| years.has_year_before(FIRST_OF_TAIWAN));
        if own.valid != most || taiwan.valid != most || !self.taiwan && is_before_exchange() {
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

    /// Whether years have two digits: a later row can then change the century of all earlier ones.
    pub fn has_short_years(&self) -> bool {
        let most = self.tracks.iter().map(|track| track.valid).max();
        self.tracks.iter().zip(&self.centuries).any(|(track, years)| years.is_some() && Some(track.valid) == most)
    }

    /// Returns the evidence with the years of two digits in their centuries.
    fn in_centuries(&self) -> Self {
        let mut corrected = self.clone();
        for (track, years) in corrected.tracks.iter_mut().zip(&self.centuries) {
            let Some(years) = years else { continue };
            track.put_in_centuries(years, self.last_year);
        }
        for open in [&mut corrected.open, &mut corrected.republican_open].into_iter().flatten() {
            for (sense, day) in &mut open.readings {
                let DateSense::Order(order) = *sense else { continue };
                let place = Shape::ALL.iter().position(|shape| *shape == Shape::Numbers(order));
                let first = place.map_or(POSIX, |place| corrected.tracks[place].first_year);
                if (2000 + i16::from(first)..2000 + i16::from(POSIX)).contains(&day.year()) {
                    *day = century_before(*day);
                }
            }
        }
        corrected
    }

    /// Decides; `order` is the order that the caller gave for dates of three numbers.
    pub fn verdict(&self, order: Option<DateOrder>) -> FoundForm {
        if self.has_short_years() { self.in_centuries().decide(order) } else { self.decide(order) }
    }

    fn decide(&self, order: Option<DateOrder>) -> FoundForm {
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

    /// Whether a later row can change how all earlier dates are read.
    pub fn may_change(&self) -> bool {
        self.may_be_republican() || self.has_short_years()
    }

    /// Whether a three-digit year in a later row would change how all earlier dates are read.
    fn may_be_republican(&self) -> bool {
        let taiwan = self.track(Shape::Republic).valid;
        self.republican == 0 && !self.taiwan && taiwan > 0 && self.tracks.iter().all(|track| track.valid <= taiwan)
    }

    fn years(&self, shape: Shape) -> Option<&Centuries> {
        let mut years = self.centuries.iter().zip(Shape::ALL).filter(|(_, other)| *other == shape);
        years.next().and_then(|(years, _)| years.as_deref())
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
