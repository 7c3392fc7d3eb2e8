//! How well a map of hot spots foretold what came after it.

use thiserror::Error;

/// Why a forecast could not be judged.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AccuracyError {
    /// There is not one number of each kind for each area.
    #[error("there are {found} {what} for {wanted} areas")]
    Lengths {
        /// What there are too few or too many of.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// An area's size, or a score, is not a number, or a size is not above zero.
    #[error("area {area} has a size that is not above zero, or a score that is not a number")]
    Area {
        /// Position of the area, from 0.
        area: usize,
    },
    /// A chosen area does not exist or is named twice.
    #[error("chosen area {area} does not exist, or is named twice")]
    Chosen {
        /// The area.
        area: usize,
    },
    /// The share to choose is not between 0 and 1.
    #[error("a share of the area lies above 0 and at most at 1, not at {0}")]
    Share(f64),
}

/// How a choice of areas fared in a later period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Share of all later incidents that fell in the chosen areas.
    pub hit_rate: f64,
    /// Share of the whole area that was chosen.
    pub area_share: f64,
    /// Predictive accuracy index: hit rate over share of the area. 1 is what a blindfold choice gets.
    pub pai: f64,
    /// Predictive efficiency index: hits over the most that any choice of as much area could have had.
    /// `None` where not even the best has a hit.
    pub pei: Option<f64>,
    /// Recapture rate index: later over earlier incidents in the chosen areas, against the same for all.
    /// 1: the chosen areas changed as all did; below 1 they cooled, as chosen ones mostly do. `None` where
    /// there was nothing before.
    pub rri: Option<f64>,
}

/// Judges chosen areas by what happened later.
///
/// ```text
/// hit rate = n / N          PAI = (n/N) / (a/A)
/// PEI      = n / n*         RRI = (n / n₀) / (N / N₀)
/// ```
///
/// with n of N later incidents and n₀ of N₀ earlier ones in the chosen area a of A, and n* the most later
/// incidents that could be had: areas by later incidents per size, the densest first, while they fit into
/// a (exact where all areas are of one size). `None` where nothing happened later.
///
/// Source: Chainey, S., Tompson, L. and Uhlig, S. (2008), 'The utility of hotspot mapping for predicting
/// spatial patterns of crime', *Security Journal* 21 (PAI); Hunt, J. M. (2016), *Do Crime Hot Spots
/// Move?*, American University (PEI); Levine, N. (2008), 'The "Hottest" part of a hotspot', *Security
/// Journal* 21 (RRI).
///
/// # Errors
///
/// [`AccuracyError::Lengths`], [`AccuracyError::Area`] and [`AccuracyError::Chosen`] for what they name.
///
/// # Example
///
/// ```
/// use hotspot::accuracy;
///
/// // Ten areas of one size; the two chosen had 50 of 100 incidents before and 30 of 90 after.
/// let before = [30, 20, 10, 10, 10, 5, 5, 5, 5, 0];
/// let after = [18, 12, 20, 10, 10, 5, 5, 5, 5, 0];
/// let judged = accuracy(&[0, 1], &[1.0; 10], &before, &after)?.ok_or("nothing happened")?;
/// assert!((judged.pai - (30.0 / 90.0) / 0.2).abs() < 1e-12);
/// assert!(judged.pei.is_some_and(|pei| (pei - 30.0 / 38.0).abs() < 1e-12));
/// assert!(judged.rri.is_some_and(|rri| (rri - 0.6 / 0.9).abs() < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn accuracy(
    chosen: &[usize],
    sizes: &[f64],
    earlier: &[u64],
    later: &[u64],
) -> Result<Option<Accuracy>, AccuracyError> {
    check(
        sizes,
        &[
            ("earlier counts", earlier.len()),
            ("later counts", later.len()),
        ],
    )?;
    let mut inside = vec![false; sizes.len()];
    for &area in chosen {
        match inside.get_mut(area) {
            Some(inside) if !*inside => *inside = true,
            _ => return Err(AccuracyError::Chosen { area }),
        }
    }
    let all_later: u64 = later.iter().sum();
    let all_earlier: u64 = earlier.iter().sum();
    let whole: f64 = sizes.iter().sum();
    if all_later == 0 {
        return Ok(None);
    }
    let of = |counts: &[u64]| -> u64 { chosen.iter().map(|&area| counts[area]).sum() };
    let (hits, before) = (of(later), of(earlier));
    let area: f64 = chosen.iter().map(|&area| sizes[area]).sum();
    let scores: Vec<f64> = later.iter().map(|&count| count as f64).collect();
    let best: u64 = densest(&scores, sizes, area)
        .into_iter()
        .map(|area| later[area])
        .sum();
    let hit_rate = hits as f64 / all_later as f64;
    let area_share = area / whole;
    Ok(Some(Accuracy {
        hit_rate,
        area_share,
        pai: if area_share > 0.0 {
            hit_rate / area_share
        } else {
            0.0
        },
        // With areas of different sizes the choice may beat what filling up by density found.
        pei: (best > 0).then(|| hits as f64 / best.max(hits) as f64),
        rri: (before > 0 && all_earlier > 0)
            .then(|| (hits as f64 / before as f64) / (all_later as f64 / all_earlier as f64)),
    }))
}

/// Chooses areas by a score per size, the highest first, up to a share of the whole area: the same rule for
/// a method and for the baselines that it has to beat.
///
/// Baselines worth beating: last year's counts as score; population as score (incidents where people
/// are); and a blindfold choice, whose PAI is 1. Areas with no score are not chosen; ties go to the area
/// that comes first. An area that no longer fits is passed over.
///
/// # Errors
///
/// [`AccuracyError::Lengths`] and [`AccuracyError::Area`] for scores and sizes, [`AccuracyError::Share`]
/// for a share that is not above 0 and at most 1.
///
/// # Example
///
/// ```
/// use hotspot::choose_areas;
///
/// let last_year = [3.0, 9.0, 0.0, 5.0];
/// assert_eq!(choose_areas(&last_year, &[1.0; 4], 0.5)?, [1, 3]);
/// # Ok::<(), hotspot::AccuracyError>(())
/// ```
pub fn choose_areas(
    scores: &[f64],
    sizes: &[f64],
    share: f64,
) -> Result<Vec<usize>, AccuracyError> {
    check(sizes, &[("scores", scores.len())])?;
    if let Some(area) = scores.iter().position(|score| !score.is_finite()) {
        return Err(AccuracyError::Area { area });
    }
    if !(share > 0.0 && share <= 1.0) {
        return Err(AccuracyError::Share(share));
    }
    let room = share * sizes.iter().sum::<f64>();
    let mut chosen = densest(scores, sizes, room);
    chosen.retain(|&area| scores[area] > 0.0);
    Ok(chosen)
}

/// Areas by score per size that fit into so much room.
fn densest(scores: &[f64], sizes: &[f64], room: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| {
        let (a_density, b_density) = (scores[a] / sizes[a], scores[b] / sizes[b]);
        b_density.total_cmp(&a_density).then(a.cmp(&b))
    });
    let mut used = 0.0;
    order.retain(|&area| {
        let fits = used + sizes[area] <= room * (1.0 + 1e-12);
        if fits {
            used += sizes[area];
        }
        fits
    });
    order
}

fn check(sizes: &[f64], lengths: &[(&'static str, usize)]) -> Result<(), AccuracyError> {
    for &(what, found) in lengths {
        if found != sizes.len() {
            return Err(AccuracyError::Lengths {
                what,
                found,
                wanted: sizes.len(),
            });
        }
    }
    let usable = |size: &f64| size.is_finite() && *size > 0.0;
    match sizes.iter().position(|size| !usable(size)) {
        Some(area) => Err(AccuracyError::Area { area }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_choice_has_a_pei_of_one_and_a_blindfold_one_a_pai_of_one() {
        let later = [1, 7, 3, 9, 0, 4];
        let best = choose_areas(&later.map(|n| n as f64), &[2.0; 6], 0.5).unwrap();
        assert_eq!(best, [3, 1, 5]);
        let judged = accuracy(&best, &[2.0; 6], &[1; 6], &later)
            .unwrap()
            .unwrap();
        assert_eq!(judged.pei, Some(1.0));
        let all: Vec<usize> = (0..6).collect();
        let judged = accuracy(&all, &[2.0; 6], &[1; 6], &later).unwrap().unwrap();
        assert_eq!(
            (judged.hit_rate, judged.pai, judged.rri),
            (1.0, 1.0, Some(1.0))
        );
        let none = accuracy(&[], &[2.0; 6], &[1; 6], &later).unwrap().unwrap();
        assert_eq!(
            (none.hit_rate, none.pai, none.rri, none.pei),
            (0.0, 0.0, None, None)
        );
    }

    #[test]
    fn small_areas_of_many_incidents_come_first() {
        let chosen = choose_areas(&[10.0, 9.0, 1.0], &[10.0, 1.0, 4.0], 0.34).unwrap();
        assert_eq!(chosen, [1, 2]); // the large one does not fit any more
    }

    #[test]
    fn bad_input_is_refused() {
        assert_eq!(accuracy(&[0], &[1.0], &[1], &[0]), Ok(None));
        assert_eq!(
            accuracy(&[1], &[1.0], &[1], &[1]),
            Err(AccuracyError::Chosen { area: 1 })
        );
        assert_eq!(
            accuracy(&[0, 0], &[1.0], &[1], &[1]),
            Err(AccuracyError::Chosen { area: 0 })
        );
        assert_eq!(
            accuracy(&[], &[0.0], &[1], &[1]),
            Err(AccuracyError::Area { area: 0 })
        );
        assert!(accuracy(&[], &[1.0], &[], &[1]).is_err());
        assert!(choose_areas(&[f64::NAN], &[1.0], 0.5).is_err());
        for share in [0.0, 1.1, f64::NAN] {
            assert!(matches!(
                choose_areas(&[1.0], &[1.0], share),
                Err(AccuracyError::Share(_))
            ));
        }
    }
}
