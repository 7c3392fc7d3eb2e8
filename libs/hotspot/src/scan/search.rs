//! The search for the largest likelihood ratio over zones and windows.

use super::Windows;
use super::null::{Arranged, Null};
use super::zones::{BACK, MORE, Zones};

/// A cluster as the search knows it.
pub(super) struct Found {
    pub(super) centre: usize,
    pub(super) locations: Vec<usize>,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) cases: u64,
    pub(super) statistic: f64,
}

/// What does not change between replicates.
pub(super) struct Search<'a> {
    null: &'a Null,
    zones: &'a Zones,
    windows: Windows,
    least: usize,
    /// For prospective windows of 1, 2, … periods: the window's part of the expectation.
    recent: Vec<f64>,
}

/// Room to work in, kept between replicates.
pub(super) struct Scratch {
    /// Prospective: cases of the zone in windows of 1, 2, … periods. Retrospective: cases by period.
    counts: Vec<u32>,
    /// Cases of the zone before each period (retrospective).
    before: Vec<u32>,
    /// For a number of cases, the product of zone and window up to which it may beat the best so far.
    beats: Vec<f64>,
    /// Cases within the longest window, by location (prospective).
    recent: Vec<u32>,
    stack: Vec<u32>,
    starts: Vec<(u32, f64)>,
    ends: Vec<(u32, f64)>,
}

/// A zone and window that may beat the best so far.
struct Candidate {
    cases: u32,
    /// Expectation of the zone times that of the window.
    product: f64,
    from: usize,
    to: usize,
    /// The step of the centre's program that completes the zone, and its number of locations.
    step: usize,
    size: usize,
}

/// Logarithm of the likelihood ratio of c cases where μ are expected, of n in all; for c > μ.
fn statistic(cases: f64, expected: f64, all: f64) -> f64 {
    let outside = all - cases;
    let rest = if outside > 0.0 {
        outside * (outside / (all - expected)).ln()
    } else {
        0.0
    };
    cases * (cases / expected).ln() + rest
}

impl<'a> Search<'a> {
    pub(super) fn new(null: &'a Null, zones: &'a Zones, windows: Windows, least: usize) -> Self {
        let recent = match windows {
            Windows::Prospective { longest } => {
                let periods = null.before.len() - 1;
                (1..=longest)
                    .map(|length| null.before[periods] - null.before[periods - length])
                    .collect()
            }
            Windows::Retrospective { .. } => Vec::new(),
        };
        Self {
            null,
            zones,
            windows,
            least,
            recent,
        }
    }

    pub(super) fn scratch(&self) -> Scratch {
        let periods = self.null.before.len() - 1;
        Scratch {
            counts: vec![0; periods],
            before: vec![0; periods + 1],
            beats: Vec::new(),
            recent: vec![0; self.zones.locations()],
            stack: Vec::new(),
            starts: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Sets up the thresholds: any number of cases above its expectation beats nothing found yet.
    fn prepare(&self, arranged: &Arranged, scratch: &mut Scratch) {
        scratch.beats.clear();
        scratch.beats.extend((0..=self.null.cases).map(|cases| {
            if cases < self.least {
                -1.0
            } else {
                cases as f64 / self.null.scale
            }
        }));
        if let Windows::Prospective { longest } = self.windows {
            let first = (self.null.before.len() - 1 - longest) as u32;
            for (location, count) in scratch.recent.iter_mut().enumerate() {
                let row = arranged.row(location);
                *count = row.iter().map(|&period| u32::from(period >= first)).sum();
            }
        }
    }

    /// The largest statistic of all zones and windows; 0 where nothing is above its expectation.
    pub(super) fn largest(&self, arranged: &Arranged, scratch: &mut Scratch) -> f64 {
        self.prepare(arranged, scratch);
        let all = self.null.cases as f64;
        let mut best = 0.0_f64;
        for program in &self.zones.programs {
            self.follow(program, arranged, scratch, &[], |beats, at| {
                let value = statistic(f64::from(at.cases), at.product * self.null.scale, all);
                best = best.max(value);
                // The statistic falls as more is expected: nothing above this product can do better with
                // this count. The next smaller number leaves out equality, which cannot do better either.
                beats[at.cases as usize] = at.product.next_down();
            });
        }
        best
    }

    /// The most likely cluster among zones without a location that is taken.
    pub(super) fn most_likely(&self, arranged: &Arranged, taken: &[bool]) -> Option<Found> {
        let mut scratch = self.scratch();
        self.prepare(arranged, &mut scratch);
        let all = self.null.cases as f64;
        let mut best: Option<(f64, usize, Candidate)> = None;
        for (centre, program) in self.zones.programs.iter().enumerate() {
            self.follow(program, arranged, &mut scratch, taken, |beats, at| {
                // Unlike in replicates equality is heard: the same in a shorter window is better.
                beats[at.cases as usize] = at.product;
                let expected = at.product * self.null.scale;
                if f64::from(at.cases) <= expected {
                    return;
                }
                let value = statistic(f64::from(at.cases), expected, all);
                let better = best.as_ref().is_none_or(|(most, _, other)| {
                    // Statistics this close are equal but for rounding.
                    if (value - most).abs() <= 1e-11 * most {
                        (at.to - at.from, at.size) < (other.to - other.from, other.size)
                    } else {
                        value > *most
                    }
                });
                if better {
                    best = Some((value, centre, at));
                }
            });
        }
        let (value, centre, at) = best?;
        Some(Found {
            centre,
            locations: members(&self.zones.programs[centre][..=at.step]),
            from: at.from,
            to: at.to,
            cases: u64::from(at.cases),
            statistic: value,
        })
    }

    /// Walks through the zones of a centre and calls `hear` for windows that may beat the best: those that
    /// hold a case of the locations that joined last. Any other window has the cases that it had without
    /// them, with more expected.
    fn follow(
        &self,
        program: &[u32],
        arranged: &Arranged,
        scratch: &mut Scratch,
        taken: &[bool],
        hear: impl FnMut(&mut [f64], Candidate),
    ) {
        scratch.counts.fill(0);
        scratch.stack.clear();
        match self.windows {
            Windows::Prospective { longest } => {
                self.recent_windows(program, longest, arranged, scratch, taken, hear);
            }
            Windows::Retrospective { longest } => {
                scratch.before.fill(0);
                self.any_windows(program, longest, arranged, scratch, taken, hear);
            }
        }
    }

    fn recent_windows(
        &self,
        program: &[u32],
        longest: usize,
        arranged: &Arranged,
        scratch: &mut Scratch,
        taken: &[bool],
        mut hear: impl FnMut(&mut [f64], Candidate),
    ) {
        let Scratch {
            counts,
            beats,
            recent,
            stack,
            ..
        } = scratch;
        let counts = &mut counts[..longest];
        let beats = beats.as_mut_slice();
        let last = self.null.before.len() - 2;
        let age = |period: u32| (last - period as usize).min(longest);
        let bars = |location: usize| usize::from(taken.get(location) == Some(&true));
        let (mut base, mut size, mut barred) = (0_u64, 0_usize, 0_usize);
        let mut youngest = longest;
        for (step, &code) in program.iter().enumerate() {
            if code == BACK {
                let Some(location) = stack.pop().map(|at| (at & !MORE) as usize) else {
                    continue;
                };
                base -= self.null.base[location];
                size -= 1;
                barred -= bars(location);
                if recent[location] > 0 {
                    for &period in arranged.row(location) {
                        counts[age(period)..]
                            .iter_mut()
                            .for_each(|count| *count -= 1);
                    }
                }
                continue;
            }
            let location = (code & !MORE) as usize;
            if self.zones.shapes {
                stack.push(code);
            }
            base += self.null.base[location];
            size += 1;
            if !taken.is_empty() {
                barred += bars(location);
            }
            if recent[location] > 0 {
                for &period in arranged.row(location) {
                    let age = age(period);
                    youngest = youngest.min(age);
                    counts[age..].iter_mut().for_each(|count| *count += 1);
                }
            }
            if code & MORE != 0 || youngest == longest {
                continue;
            }
            if barred == 0 {
                let zone = base as f64;
                let windows = counts.iter().zip(&self.recent).enumerate();
                for (length, (&cases, window)) in windows.skip(youngest) {
                    let product = zone * window;
                    if product <= beats[cases as usize] {
                        let candidate = Candidate {
                            cases,
                            product,
                            from: last - length,
                            to: last,
                            step,
                            size,
                        };
                        hear(beats, candidate);
                    }
                }
            }
            youngest = longest;
        }
    }

    fn any_windows(
        &self,
        program: &[u32],
        longest: usize,
        arranged: &Arranged,
        scratch: &mut Scratch,
        taken: &[bool],
        mut hear: impl FnMut(&mut [f64], Candidate),
    ) {
        let (counts, before) = (scratch.counts.as_mut_slice(), scratch.before.as_mut_slice());
        let beats = scratch.beats.as_mut_slice();
        let periods = counts.len();
        let (mut base, mut size, mut barred) = (0_u64, 0_usize, 0_usize);
        let mut joined = 0;
        for (step, &code) in program.iter().enumerate() {
            if code == BACK {
                let Some(location) = scratch.stack.pop().map(|at| (at & !MORE) as usize) else {
                    continue;
                };
                base -= self.null.base[location];
                size -= 1;
                barred -= usize::from(taken.get(location) == Some(&true));
                for &period in arranged.row(location) {
                    let period = period as usize;
                    counts[period] -= 1;
                    before[period + 1..]
                        .iter_mut()
                        .for_each(|count| *count -= 1);
                }
                continue;
            }
            let location = (code & !MORE) as usize;
            scratch.stack.push(code);
            base += self.null.base[location];
            size += 1;
            barred += usize::from(taken.get(location) == Some(&true));
            for &period in arranged.row(location) {
                let period = period as usize;
                counts[period] += 1;
                before[period + 1..]
                    .iter_mut()
                    .for_each(|count| *count += 1);
            }
            joined += 1;
            if code & MORE != 0 {
                continue;
            }
            let new = scratch.stack.len() - std::mem::take(&mut joined);
            if barred > 0 {
                continue;
            }
            let zone = base as f64;
            for &member in &scratch.stack[new..] {
                for &period in arranged.row((member & !MORE) as usize) {
                    let period = period as usize;
                    // A window that begins or ends without a case of the zone is beaten by a shorter one.
                    scratch.starts.clear();
                    scratch.ends.clear();
                    let first = (period + 1).saturating_sub(longest);
                    let busy = |range: std::ops::Range<usize>| {
                        let begin = range.start;
                        let places = counts[range].iter().enumerate();
                        places
                            .filter(|(_, count)| **count > 0)
                            .map(move |(n, _)| begin + n)
                    };
                    let sums = &self.null.before;
                    let starts = busy(first..period + 1).map(|from| (from as u32, sums[from]));
                    scratch.starts.extend(starts);
                    let ends = busy(period..(period + longest).min(periods));
                    scratch
                        .ends
                        .extend(ends.map(|to| (to as u32, sums[to + 1])));
                    for &(from, start) in &scratch.starts {
                        let earlier = before[from as usize];
                        for &(to, end) in &scratch.ends {
                            if (to - from) as usize >= longest {
                                break;
                            }
                            let cases = before[to as usize + 1] - earlier;
                            let product = zone * (end - start);
                            if product <= beats[cases as usize] {
                                let candidate = Candidate {
                                    cases,
                                    product,
                                    from: from as usize,
                                    to: to as usize,
                                    step,
                                    size,
                                };
                                hear(beats, candidate);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The locations of a zone: those that joined and did not leave again.
fn members(steps: &[u32]) -> Vec<usize> {
    let mut inside = Vec::new();
    for &step in steps {
        if step == BACK {
            inside.pop();
        } else {
            inside.push((step & !MORE) as usize);
        }
    }
    inside
}
