//! Measurements for `/metrics`, in Prometheus's text format 0.0.4. Labels are route
//! patterns, kinds and codes: never an id, a name or anything that somebody typed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the time histograms, in seconds: 5 ms to 10 s.
const BOUNDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Series of one measurement, at most: a mistake in a label must not fill the memory.
const MOST: usize = 2_000;

/// A number that only grows.
#[derive(Debug)]
pub struct Counter {
    /// Its name, ending in `_total`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
}

/// A number that rises and falls.
#[derive(Debug)]
pub struct Gauge {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub help: &'static str,
}

/// How long something takes.
#[derive(Debug)]
pub struct Histogram {
    /// Its name, ending in `_seconds`.
    pub name: &'static str,
    /// What takes so long.
    pub help: &'static str,
}

/// Label names and values.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

#[derive(Debug, Clone, Default)]
struct Times {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

#[derive(Debug)]
enum Series {
    Counter(BTreeMap<String, u64>),
    Gauge(BTreeMap<String, f64>),
    Histogram(BTreeMap<String, Times>),
}

type Families = BTreeMap<&'static str, (&'static str, Series)>;

/// All measurements of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Mutex<Families>>);

impl Metrics {
    /// Adds to a counter.
    pub fn add(&self, counter: &'static Counter, labels: Labels<'_>, by: u64) {
        self.with(|families| {
            let family = families
                .entry(counter.name)
                .or_insert_with(|| (counter.help, Series::Counter(BTreeMap::new())));
            if let Series::Counter(series) = &mut family.1
                && let Some(value) = entry(series, labels)
            {
                *value += by;
            }
        });
    }

    /// Sets a gauge.
    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges are floats, counts of rows are far below 2^53"
    )]
    pub fn set(&self, gauge: &'static Gauge, labels: Labels<'_>, to: i64) {
        self.with(|families| {
            let family = families
                .entry(gauge.name)
                .or_insert_with(|| (gauge.help, Series::Gauge(BTreeMap::new())));
            if let Series::Gauge(series) = &mut family.1
                && let Some(value) = entry(series, labels)
            {
                *value = to as f64;
            }
        });
    }

    /// Notes how long something took.
    pub fn observe(&self, histogram: &'static Histogram, labels: Labels<'_>, took: Duration) {
        let seconds = took.as_secs_f64();
        self.with(|families| {
            let family = families
                .entry(histogram.name)
                .or_insert_with(|| (histogram.help, Series::Histogram(BTreeMap::new())));
            if let Series::Histogram(series) = &mut family.1
                && let Some(times) = entry(series, labels)
            {
                for (bucket, bound) in times.buckets.iter_mut().zip(BOUNDS) {
                    *bucket += u64::from(seconds <= bound);
                }
                times.count += 1;
                times.sum += seconds;
            }
        });
    }

    /// Everything measured so far, as Prometheus reads it.
    #[must_use]
    pub fn text(&self) -> String {
        self.with(|families| {
            let mut out = String::new();
            for (name, (help, series)) in families.iter() {
                // Writing to a String cannot fail.
                let _ = render(&mut out, name, help, series);
            }
            out
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Families) -> T) -> T {
        // A panic elsewhere leaves numbers that are still right.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn entry<'a, T: Default>(
    series: &'a mut BTreeMap<String, T>,
    labels: Labels<'_>,
) -> Option<&'a mut T> {
    let mut key = String::new();
    for (name, value) in labels {
        let separator = if key.is_empty() { "" } else { "," };
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = write!(key, "{separator}{name}=\"{value}\"");
    }
    if series.len() >= MOST && !series.contains_key(&key) {
        return None;
    }
    Some(series.entry(key).or_default())
}

fn braces(labels: &str) -> String {
    if labels.is_empty() {
        String::new()
    } else {
        format!("{{{labels}}}")
    }
}

fn render(out: &mut String, name: &str, help: &str, series: &Series) -> std::fmt::Result {
    let kind = match series {
        Series::Counter(_) => "counter",
        Series::Gauge(_) => "gauge",
        Series::Histogram(_) => "histogram",
    };
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
    match series {
        Series::Counter(series) => {
            for (labels, value) in series {
                writeln!(out, "{name}{} {value}", braces(labels))?;
            }
        }
        Series::Gauge(series) => {
            for (labels, value) in series {
                writeln!(out, "{name}{} {value}", braces(labels))?;
            }
        }
        Series::Histogram(series) => {
            for (labels, times) in series {
                let comma = if labels.is_empty() { "" } else { "," };
                for (bucket, bound) in times.buckets.iter().zip(BOUNDS) {
                    writeln!(
                        out,
                        "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {bucket}"
                    )?;
                }
                writeln!(
                    out,
                    "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {}",
                    times.count
                )?;
                writeln!(out, "{name}_sum{} {}", braces(labels), times.sum)?;
                writeln!(out, "{name}_count{} {}", braces(labels), times.count)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    static REQUESTS: Counter = Counter {
        name: "requests_total",
        help: "Requests answered.",
    };
    static WAITING: Gauge = Gauge {
        name: "jobs_waiting",
        help: "Jobs that wait.",
    };
    static TIMES: Histogram = Histogram {
        name: "request_seconds",
        help: "Time to answer.",
    };

    #[test]
    fn what_was_measured_is_rendered_for_prometheus() {
        let metrics = Metrics::default();
        metrics.add(&REQUESTS, &[("route", "/map"), ("status", "200")], 2);
        metrics
            .clone()
            .add(&REQUESTS, &[("route", "/map"), ("status", "200")], 1);
        metrics.add(&REQUESTS, &[("route", "a\"b\\\n"), ("status", "404")], 1);
        metrics.set(&WAITING, &[], 7);
        metrics.observe(&TIMES, &[("route", "/map")], Duration::from_millis(30));
        metrics.observe(&TIMES, &[("route", "/map")], Duration::from_secs(20));
        let text = metrics.text();
        for line in [
            "# HELP requests_total Requests answered.",
            "# TYPE requests_total counter",
            "requests_total{route=\"/map\",status=\"200\"} 3",
            "requests_total{route=\"a\\\"b\\\\\\n\",status=\"404\"} 1",
            "jobs_waiting 7",
            "request_seconds_bucket{route=\"/map\",le=\"0.025\"} 0",
            "request_seconds_bucket{route=\"/map\",le=\"0.05\"} 1",
            "request_seconds_bucket{route=\"/map\",le=\"+Inf\"} 2",
            "request_seconds_sum{route=\"/map\"} 20.03",
            "request_seconds_count{route=\"/map\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_careless_label_cannot_fill_the_memory() {
        let metrics = Metrics::default();
        for n in 0..5_000 {
            metrics.add(&REQUESTS, &[("route", &n.to_string())], 1);
        }
        assert!(metrics.text().lines().count() <= MOST + 2);
    }
}
