//! Places that may be quiet because nobody reports.

use super::RankingError;

/// A place's reports beside what other sources say of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportingGap {
    /// Share of places that report less, 0 to 1 (places that report as much count half).
    pub reported: f64,
    /// The same share by the other source: a survey, deprivation, landlords' or ambulance figures.
    pub other: f64,
    /// `other − reported`: above 0 where more may be wrong than is reported.
    pub gap: f64,
    /// Whether it belongs on the list 'quiet but possibly under-reporting': in the lower third by reports
    /// and in the upper third by the other source.
    pub quiet: bool,
}

/// Compares what is reported with another source, place by place.
///
/// Both are turned into shares of places below, so that they need no common unit; give rates, not counts,
/// where places differ in size. A gap is a reason to ask (ward walk, door knocking, survey), not proof.
///
/// # Errors
///
/// [`RankingError::Lengths`] where the two differ in number, [`RankingError::NotFinite`] for a missing
/// number.
///
/// # Example
///
/// ```
/// use hotspot::reporting_gap;
///
/// // Reports per 1,000 residents, and a deprivation score.
/// let gaps = reporting_gap(&[2.0, 30.0, 14.0, 40.0, 9.0, 22.0], &[58.0, 20.0, 15.0, 60.0, 8.0, 31.0])?;
/// assert!(gaps[0].quiet && gaps.iter().filter(|gap| gap.quiet).count() == 1);
/// # Ok::<(), hotspot::RankingError>(())
/// ```
pub fn reporting_gap(reported: &[f64], other: &[f64]) -> Result<Vec<ReportingGap>, RankingError> {
    if reported.len() != other.len() {
        return Err(RankingError::Lengths {
            found: other.len(),
            wanted: reported.len(),
        });
    }
    for numbers in [reported, other] {
        if let Some(index) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(RankingError::NotFinite { index });
        }
    }
    Ok(shares_below(reported)
        .into_iter()
        .zip(shares_below(other))
        .map(|(reported, other)| ReportingGap {
            reported,
            other,
            gap: other - reported,
            quiet: reported < 1.0 / 3.0 && other > 2.0 / 3.0,
        })
        .collect())
}

fn shares_below(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    values
        .iter()
        .map(|value| {
            let below = sorted.partition_point(|other| other < value);
            let upto = sorted.partition_point(|other| other <= value);
            (below + upto) as f64 / 2.0 / n
        })
        .collect()
}
