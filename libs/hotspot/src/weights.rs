//! Who is whose neighbour: sparse lists in compressed rows.

mod h3;
mod points;
mod queen;
mod rook;

#[cfg(test)]
mod tests;

use crate::WeightsError;

pub(crate) use points::finite;
pub use queen::suggested_tolerance;

/// How much one neighbour counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standardisation {
    /// Each neighbour counts 1.
    Binary,
    /// The neighbours of a unit share 1 equally, so that the lag is their mean.
    RowStandardised,
}

/// Neighbour lists of n units, numbered from 0 in the order of the input.
///
/// Stored as compressed sparse rows with each row in ascending order. All weights of one unit are equal
/// (1, or one over the number of its neighbours), so no weight is stored. A unit without neighbours, leaving
/// itself aside, is an *island*: it stays among the units, every statistic says what it does with it, and
/// [`islands`](Self::islands) lists it.
///
/// ```
/// use hotspot::Weights;
///
/// let weights = Weights::from_neighbours([vec![1], vec![0, 2], vec![1], vec![]])?;
/// assert_eq!(weights.neighbours(1), [0, 2]);
/// assert_eq!(weights.islands(), [3]);
/// assert_eq!(weights.with_self().neighbours(1), [0, 1, 2]);
/// # Ok::<(), hotspot::WeightsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// Row i is `neighbours[offsets[i]..offsets[i + 1]]`; one longer than the number of units.
    offsets: Vec<usize>,
    neighbours: Vec<u32>,
    standardisation: Standardisation,
    includes_self: bool,
}

/// Sums over all weights that the moments of global statistics use.
pub(crate) struct Sums {
    /// Σᵢⱼ wᵢⱼ.
    pub(crate) s0: f64,
    /// ½ Σᵢⱼ (wᵢⱼ + wⱼᵢ)².
    pub(crate) s1: f64,
    /// Σᵢ (Σⱼ wᵢⱼ + Σⱼ wⱼᵢ)².
    pub(crate) s2: f64,
}

impl Weights {
    /// Binary weights from lists of neighbours, one list per unit.
    ///
    /// Repeated neighbours count once and a unit in its own list is dropped (use
    /// [`with_self`](Self::with_self)). Lists need not be mutual.
    ///
    /// # Errors
    ///
    /// [`WeightsError::NoSuchNeighbour`] for a neighbour beyond the last unit, [`WeightsError::TooMany`]
    /// beyond 2³² − 1 units.
    pub fn from_neighbours<Row>(rows: impl IntoIterator<Item = Row>) -> Result<Self, WeightsError>
    where
        Row: IntoIterator<Item = usize>,
    {
        let mut pairs = Vec::new();
        let mut units = 0;
        for (unit, row) in rows.into_iter().enumerate() {
            let unit = u32::try_from(unit).map_err(|_| WeightsError::TooMany)?;
            units += 1;
            for neighbour in row {
                // An index beyond 32 bits is beyond the last unit too: the check below reports it.
                let neighbour = u32::try_from(neighbour).unwrap_or(u32::MAX);
                if neighbour != unit {
                    pairs.push((unit, neighbour));
                }
            }
        }
        if let Some(&(unit, neighbour)) = pairs.iter().find(|pair| pair.1 as usize >= units) {
            return Err(WeightsError::NoSuchNeighbour {
                unit: unit as usize,
                neighbour: neighbour as usize,
                units,
            });
        }
        Ok(Self::from_pairs(units, pairs))
    }

    /// Binary weights from (unit, neighbour) pairs that are known to be in range and never a unit with
    /// itself.
    fn from_pairs(units: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0; units + 1];
        for &(unit, _) in &pairs {
            offsets[unit as usize + 1] += 1;
        }
        for unit in 0..units {
            offsets[unit + 1] += offsets[unit];
        }
        Self {
            offsets,
            neighbours: pairs.into_iter().map(|(_, neighbour)| neighbour).collect(),
            standardisation: Standardisation::Binary,
            includes_self: false,
        }
    }

    /// The same lists with each unit as one more neighbour of its own, as Gi* wants it.
    #[must_use]
    pub fn with_self(&self) -> Self {
        self.rebuilt(true)
    }

    /// The same lists without the units themselves, as Moran and Geary want it.
    #[must_use]
    pub fn without_self(&self) -> Self {
        self.rebuilt(false)
    }

    fn rebuilt(&self, includes_self: bool) -> Self {
        if includes_self == self.includes_self {
            return self.clone();
        }
        let mut offsets = Vec::with_capacity(self.offsets.len());
        let mut neighbours = Vec::with_capacity(self.neighbours.len() + self.len());
        offsets.push(0);
        for unit in 0..self.len() {
            let row = self.neighbours(unit);
            let own = row.partition_point(|&j| (j as usize) < unit);
            neighbours.extend_from_slice(&row[..own]);
            if includes_self {
                // `from_neighbours` has refused more units than 32 bits can name.
                neighbours.push(unit as u32);
                neighbours.extend_from_slice(&row[own..]);
            } else {
                neighbours.extend_from_slice(&row[own + 1..]);
            }
            offsets.push(neighbours.len());
        }
        Self {
            offsets,
            neighbours,
            standardisation: self.standardisation,
            includes_self,
        }
    }

    /// The same lists, each neighbour counting 1.
    #[must_use]
    pub fn binary(mut self) -> Self {
        self.standardisation = Standardisation::Binary;
        self
    }

    /// The same lists, the neighbours of each unit sharing 1 equally.
    #[must_use]
    pub fn row_standardised(mut self) -> Self {
        self.standardisation = Standardisation::RowStandardised;
        self
    }

    /// How many units there are, islands included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no unit at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbours of a unit in ascending order; the unit itself is among them only where
    /// [`includes_self`](Self::includes_self). Empty for a number beyond the last unit.
    #[must_use]
    pub fn neighbours(&self, unit: usize) -> &[u32] {
        match (self.offsets.get(unit), self.offsets.get(unit + 1)) {
            (Some(&from), Some(&to)) => &self.neighbours[from..to],
            _ => &[],
        }
    }

    /// What each neighbour of a unit counts; 0 for a unit without any.
    #[must_use]
    pub fn weight(&self, unit: usize) -> f64 {
        match (self.neighbours(unit).len(), self.standardisation) {
            (0, _) => 0.0,
            (_, Standardisation::Binary) => 1.0,
            (k, Standardisation::RowStandardised) => 1.0 / k as f64,
        }
    }

    /// How the weights are standardised.
    #[must_use]
    pub fn standardisation(&self) -> Standardisation {
        self.standardisation
    }

    /// Whether each unit counts as its own neighbour.
    #[must_use]
    pub fn includes_self(&self) -> bool {
        self.includes_self
    }

    /// The units without a neighbour other than themselves, in ascending order.
    #[must_use]
    pub fn islands(&self) -> Vec<usize> {
        let alone = usize::from(self.includes_self);
        (0..self.len())
            .filter(|&unit| self.neighbours(unit).len() == alone)
            .collect()
    }

    /// The weighted sum of `values` over a unit's neighbours.
    pub(crate) fn lag(&self, unit: usize, values: &[f64]) -> f64 {
        let sum: f64 = self
            .neighbours(unit)
            .iter()
            .map(|&j| values[j as usize])
            .sum();
        self.weight(unit) * sum
    }

    pub(crate) fn sums(&self) -> Sums {
        let mut s0 = 0.0;
        let mut s1 = 0.0;
        let mut columns = vec![0.0; self.len()];
        for unit in 0..self.len() {
            let weight = self.weight(unit);
            for &j in self.neighbours(unit) {
                let j = j as usize;
                s0 += weight;
                columns[j] += weight;
                let mutual = self.neighbours(j).binary_search(&(unit as u32)).is_ok();
                s1 += if mutual {
                    // The pair is met again from the other side.
                    0.5 * (weight + self.weight(j)).powi(2)
                } else {
                    // Stands for both (i, j) and (j, i), as only one of them is stored.
                    weight * weight
                };
            }
        }
        let s2 = (0..self.len())
            .map(|unit| {
                let row = self.weight(unit) * self.neighbours(unit).len() as f64;
                (row + columns[unit]).powi(2)
            })
            .sum();
        Sums { s0, s1, s2 }
    }
}
