//! Small symmetric systems, solved after Cholesky.
//!
//! The normal equations of a year-month series or of a panel have some tens, at most some hundreds of
//! unknowns. They are scaled to unit diagonal first, so that a trend in months and a dummy weigh alike.

/// A square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Square {
    n: usize,
    cells: Vec<f64>,
}

impl Square {
    pub(crate) fn zeros(n: usize) -> Self {
        Self {
            n,
            cells: vec![0.0; n * n],
        }
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.n + column]
    }

    pub(crate) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.n + column] += value;
    }

    /// Adds `weight · v vᵀ` for a vector given by its non-zero entries.
    pub(crate) fn add_outer(&mut self, v: &[(usize, f64)], weight: f64) {
        for &(i, a) in v {
            for &(j, b) in v {
                self.add(i, j, weight * a * b);
            }
        }
    }

    /// `self · other · self` for symmetric `self`: the sandwich of robust covariances.
    pub(crate) fn sandwich(&self, other: &Square) -> Square {
        self.times(other).times(self)
    }

    fn times(&self, other: &Square) -> Square {
        let n = self.n;
        let mut product = Square::zeros(n);
        for i in 0..n {
            for k in 0..n {
                let a = self.at(i, k);
                if a != 0.0 {
                    for j in 0..n {
                        product.cells[i * n + j] += a * other.cells[k * n + j];
                    }
                }
            }
        }
        product
    }

    pub(crate) fn scaled(mut self, by: f64) -> Self {
        for cell in &mut self.cells {
            *cell *= by;
        }
        self
    }

    /// `vᵀ self v`.
    pub(crate) fn quadratic(&self, v: &[(usize, f64)]) -> f64 {
        v.iter()
            .map(|&(i, a)| v.iter().map(|&(j, b)| a * b * self.at(i, j)).sum::<f64>())
            .sum()
    }

    /// The rows and columns named, in that order.
    pub(crate) fn part(&self, columns: &[usize]) -> Square {
        let mut part = Square::zeros(columns.len());
        for (i, &row) in columns.iter().enumerate() {
            for (j, &column) in columns.iter().enumerate() {
                part.add(i, j, self.at(row, column));
            }
        }
        part
    }

    /// Cholesky's factors, or the first column that the earlier ones determine.
    pub(crate) fn cholesky(&self) -> Result<Cholesky, usize> {
        let n = self.n;
        let mut scale = vec![0.0; n];
        for (i, s) in scale.iter_mut().enumerate() {
            let diagonal = self.at(i, i);
            if !(diagonal.is_normal() && diagonal > 0.0) {
                return Err(i);
            }
            *s = 1.0 / diagonal.sqrt();
        }
        let mut lower = Square::zeros(n);
        for i in 0..n {
            for j in 0..=i {
                let mut rest = self.at(i, j) * scale[i] * scale[j];
                for k in 0..j {
                    rest -= lower.at(i, k) * lower.at(j, k);
                }
                if i == j {
                    // 1 minus the share of the column that the earlier ones explain.
                    if rest.is_nan() || rest < 1e-11 {
                        return Err(i);
                    }
                    lower.add(i, i, rest.sqrt());
                } else {
                    let value = rest / lower.at(j, j);
                    lower.add(i, j, value);
                }
            }
        }
        Ok(Cholesky { lower, scale })
    }
}

/// The factors of a positive definite matrix.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    lower: Square,
    scale: Vec<f64>,
}

impl Cholesky {
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let n = self.scale.len();
        let mut x: Vec<f64> = right.iter().zip(&self.scale).map(|(r, s)| r * s).collect();
        for i in 0..n {
            for k in 0..i {
                x[i] -= self.lower.at(i, k) * x[k];
            }
            x[i] /= self.lower.at(i, i);
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                x[i] -= self.lower.at(k, i) * x[k];
            }
            x[i] /= self.lower.at(i, i);
        }
        x.iter().zip(&self.scale).map(|(x, s)| x * s).collect()
    }

    pub(crate) fn inverse(&self) -> Square {
        let n = self.scale.len();
        let mut inverse = Square::zeros(n);
        let mut unit = vec![0.0; n];
        for column in 0..n {
            unit[column] = 1.0;
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse.add(row, column, value);
            }
            unit[column] = 0.0;
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[f64]]) -> Square {
        let mut square = Square::zeros(rows.len());
        for (i, row) in rows.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                square.add(i, j, *value);
            }
        }
        square
    }

    #[test]
    fn solves_and_inverts() {
        let a = matrix(&[&[4.0, 2.0, 0.6], &[2.0, 3.0, 0.4], &[0.6, 0.4, 1e6]]);
        let factors = a.cholesky().unwrap();
        let x = factors.solve(&[8.0 + 0.6e-3, 8.0 + 0.4e-3, 1.4 + 1e3]);
        for (found, expected) in x.iter().zip([1.0, 2.0, 1e-3]) {
            assert!((found - expected).abs() < 1e-12);
        }
        let identity = a.times(&factors.inverse());
        for i in 0..3 {
            for j in 0..3 {
                assert!((identity.at(i, j) - f64::from(u8::from(i == j))).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn names_the_column_that_says_nothing_new() {
        let twins = matrix(&[&[1.0, 0.0, 1.0], &[0.0, 1.0, 1.0], &[1.0, 1.0, 2.0]]);
        assert_eq!(twins.cholesky().err(), Some(2));
        assert_eq!(Square::zeros(2).cholesky().err(), Some(0));
        assert_eq!(matrix(&[&[f64::NAN]]).cholesky().err(), Some(0));
    }
}
